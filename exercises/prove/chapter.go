package prove

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/slipway-workshop/slipway/content"
	"github.com/slipway-workshop/slipway/content/fence"
	"github.com/slipway-workshop/slipway/content/frontmatter"
	"github.com/slipway-workshop/slipway/exercises/atomicfile"
	"github.com/slipway-workshop/slipway/exercises/gotool"
	"github.com/slipway-workshop/slipway/exercises/workspace"
	"github.com/slipway-workshop/slipway/exercises/world"
)

const stepDeadline = 2 * time.Minute

// Folders that readers see in the output of commands, whatever they are on this machine.
const (
	shownHome = "/home/you"
	shownRoot = "/usr/local/go"
)

// A ChapterProof is what came of running a chapter.
type ChapterProof struct {
	Slug     string   `json:"slug"`
	Digest   string   `json:"digest"`   // of the file that was proven
	Blocks   int      `json:"blocks"`   // console blocks
	Executed int      `json:"executed"` // of these
	Commands int      `json:"commands"`
	Problems []string `json:"problems"`

	edits []edit
}

// An edit replaces a console block by one with the output that was printed.
type edit struct {
	off, end int // in the body
	text     string
}

// A Prover proves what a course says. It runs the commands of a chapter in the order of the page, in a
// folder and a module world of the chapter's own, and on a cluster where the chapter asks for one.
type Prover struct {
	Go      gotool.Tool
	Library *world.Library
	Self    string // this program, which chapters call as slipway; may be empty

	// Cluster returns variables that lead to the cluster that a chapter asks for, with nothing on it.
	// PATH holds the folders that come before others. Nobody else uses the cluster before release.
	Cluster func(context.Context, *content.Chapter) (env []string, release func(), err error)

	// Rewrite says that what is on record will be rewritten: that something differs from it is then no
	// reason to try again.
	Rewrite bool

	course       fs.FS
	norms        normalisers
	stepDeadline time.Duration
}

// New returns a prover for a course.
func New(tool gotool.Tool, lib *world.Library, course fs.FS) (*Prover, error) {
	norms, err := loadNormalisers(course)
	return &Prover{Go: tool, Library: lib, course: course, norms: norms, stepDeadline: stepDeadline}, err
}

// Chapter runs the commands of a chapter and compares what they print. What is wrong with the chapter
// is a problem; the error is that of a ctx that ended, or a fault of ours.
func (pr *Prover) Chapter(ctx context.Context, ch *content.Chapter) (*ChapterProof, error) {
	src, err := fs.ReadFile(pr.course, ch.File)
	if err != nil {
		return nil, fmt.Errorf("prove %s: %w", ch.Slug, err)
	}
	body, first, err := ch.Body(src)
	if err != nil {
		return nil, err
	}
	root, err := os.MkdirTemp("", "slipway-prove-")
	if err != nil {
		return nil, fmt.Errorf("prove %s: %w", ch.Slug, err)
	}
	defer workspace.RemoveAll(root)
	sh, err := pr.newShell(ctx, root, ch)
	if err != nil {
		return nil, fmt.Errorf("prove %s: %w", ch.Slug, err)
	}
	defer sh.close()
	p := &chapterProver{norms: pr.norms, shell: sh, proof: &ChapterProof{
		Slug: ch.Slug, Digest: content.Digest(src), Problems: []string{},
	}}
	blocks, errs := fence.Blocks(ch.File, body, first)
	for _, err := range errs {
		p.problem(err)
	}
	for _, b := range blocks {
		if err := p.block(ctx, b); err != nil {
			return nil, fmt.Errorf("prove %s: %s: %w", ch.Slug, b.Pos, err)
		}
	}
	return p.proof, nil
}

type chapterProver struct {
	norms normalisers
	shell *shell
	proof *ChapterProof
}

func (p *chapterProver) problem(err error) {
	if err != nil {
		p.proof.Problems = append(p.proof.Problems, err.Error())
	}
}

func (p *chapterProver) problemAt(pos frontmatter.Position, err error) {
	if err != nil {
		p.problem(pos.Errorf("%w", err))
	}
}

func (p *chapterProver) block(ctx context.Context, b fence.Block) error {
	switch {
	case b.Info.Lang == "console":
		return p.console(ctx, b)
	case b.Info.File() == "":
		return nil
	case b.Info.Lang == "diff":
		p.problemAt(b.Pos, p.shell.patch(b))
	default:
		p.problemAt(b.Pos, p.shell.write(b.Info.File(), b.Text))
	}
	return nil
}

func (p *chapterProver) console(ctx context.Context, b fence.Block) error {
	p.proof.Blocks++
	if !b.Top {
		p.problem(b.Pos.Errorf("console block stands in a list or quotation, where it cannot be proven: move it to the left margin"))
		return nil
	}
	steps, err := fence.Console(b.Text)
	if err != nil {
		p.problem(b.Pos.Errorf("%w", err))
		return nil
	}
	if b.Info.Attrs["norun"] != "" {
		return nil
	}
	p.proof.Executed++
	changed := false
	for i := range steps {
		p.proof.Commands++
		pos := b.Pos
		pos.Line += steps[i].Line
		output, err := p.shell.run(ctx, steps[i].Command)
		if errors.Is(err, errStepDeadline) && ctx.Err() == nil {
			p.problem(pos.Errorf("`%s` was still running after %s", steps[i].Command, p.shell.deadline))
			continue
		}
		if err != nil {
			return err
		}
		if p.norms.match(steps[i].Output, output) {
			continue
		}
		p.problem(pos.Errorf("`%s` does not print what the chapter shows, but (slipway prove --update rewrites it):\n%s", steps[i].Command, indent(output)))
		steps[i].Output = withNewline(output)
		changed = true
	}
	if changed {
		p.proof.edits = append(p.proof.edits, edit{b.Off, b.Off + len(b.Text), fence.Format(steps)})
	}
	return nil
}

func withNewline(text string) string {
	if text == "" || strings.HasSuffix(text, "\n") {
		return text
	}
	return text + "\n"
}

// Update writes the output that was printed into the chapter's file below the folder of the course.
// A file that has changed since it was read for the proof stays as it is, which is one more problem.
func (p *ChapterProof) Update(course string, ch *content.Chapter) error {
	if len(p.edits) == 0 {
		return nil
	}
	name := filepath.Join(course, filepath.FromSlash(ch.File))
	src, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("update chapter: %w", err)
	}
	if content.Digest(src) != p.Digest {
		p.Problems = append(p.Problems, ch.File+": file changed during the proof and was not rewritten: prove it again")
		return nil
	}
	body, _, err := ch.Body(src)
	if err != nil {
		return err
	}
	head := len(src) - len(body)
	for i := len(p.edits) - 1; i >= 0; i-- {
		e := p.edits[i]
		src = append(src[:head+e.off:head+e.off], append([]byte(e.text), src[head+e.end:]...)...)
	}
	if err := atomicfile.Write(name, src); err != nil {
		return fmt.Errorf("update chapter: %w", err)
	}
	return nil
}

// Executed returns how many of the console blocks of chapters were run.
func Executed(proofs []*ChapterProof) (executed, all int) {
	for _, p := range proofs {
		executed += p.Executed
		all += p.Blocks
	}
	return executed, all
}

// String sums a proof up in one line.
func (p *ChapterProof) String() string {
	return fmt.Sprintf("%s: %d of %d console blocks executed, %d commands, %d problems", p.Slug, p.Executed, p.Blocks, p.Commands, len(p.Problems))
}
