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
	"github.com/slipway-workshop/slipway/exercises/check"
	"github.com/slipway-workshop/slipway/exercises/gotool"
	"github.com/slipway-workshop/slipway/exercises/sandbox"
	"github.com/slipway-workshop/slipway/exercises/world"
)

// A shell runs the commands of a chapter one after the other; the folder and the variables that one
// leaves are those of the next.
type shell struct {
	deadline time.Duration // for each command

	home  string
	dir   string // the chapter's folder
	state string // where the shell's folder and variables are kept between commands
	env   []string
	shown *strings.Replacer // folders of this machine become those that readers see
	world *world.World

	release func() // of the chapter's cluster; nil without one
}

func (pr *Prover) newShell(ctx context.Context, root string, ch *content.Chapter) (*shell, error) {
	root, err := filepath.EvalSymlinks(root)
	if err != nil {
		return nil, err
	}
	s := &shell{deadline: pr.stepDeadline, home: filepath.Join(root, "home"), state: filepath.Join(root, "state")}
	s.dir = filepath.Join(s.home, ch.Slug)
	s.shown = strings.NewReplacer(s.home, shownHome, pr.Go.Root, shownRoot, s.state, shownHome+"/.world")
	for _, dir := range []string{s.dir, s.state} {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return nil, err
		}
	}
	if err := gotool.MakeHome(s.home); err != nil {
		return nil, err
	}
	cfg, err := world.OfChapter(pr.course, ch.Slug)
	if err != nil {
		return nil, err
	}
	if s.world, err = world.Start(pr.Library, cfg, s.dir, s.state); err != nil {
		return nil, err
	}
	env := append(pr.Go.Env(s.home), "SLIPWAY_STATE="+s.state, "PS4=+ ", "GOENV="+filepath.Join(s.home, ".config", "go", "env"))
	if env, err = pr.shim(env, root); err != nil {
		return nil, err
	}
	s.env = s.world.Into(env)
	if ch.Cluster == "" {
		return s, nil
	}
	if pr.Cluster == nil {
		s.close()
		return nil, fmt.Errorf("chapter needs a cluster of the shape %s", ch.Cluster)
	}
	cluster, release, err := pr.Cluster(ctx, ch)
	if err != nil {
		s.close()
		return nil, err
	}
	s.env, s.release = check.WithKit(s.env, cluster), release
	return s, nil
}

// shim puts the slipway that proves on PATH, as its readers have it.
func (pr *Prover) shim(env []string, root string) ([]string, error) {
	if pr.Self == "" {
		return env, nil
	}
	return Shim(env, filepath.Join(root, "bin"), pr.Self)
}

// Shim makes folder bin, with the program self in it as slipway, and puts it on the PATH of an environment.
func Shim(env []string, bin, self string) ([]string, error) {
	if err := os.Mkdir(bin, 0o777); err != nil {
		return nil, err
	}
	return check.WithKit(env, []string{"PATH=" + bin}), os.Symlink(self, filepath.Join(bin, "slipway"))
}

// close ends the chapter's world, and lets others have its cluster.
func (s *shell) close() {
	s.world.Close()
	if s.release != nil {
		s.release()
	}
}

// wrapper runs a command where and with what the last one left.
const wrapper = `
if [ -f "$SLIPWAY_STATE/env" ]; then . "$SLIPWAY_STATE/env"; cd "$(cat "$SLIPWAY_STATE/pwd")"; fi
eval "$1"
export -p >"$SLIPWAY_STATE/env"
pwd >"$SLIPWAY_STATE/pwd"
`

// errStepDeadline is the error of a command that ran too long.
var errStepDeadline = errors.New("command ran too long")

// run runs a command and returns what it prints on both outputs.
func (s *shell) run(ctx context.Context, command string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, s.deadline)
	defer cancel()
	res, err := sandbox.Run(ctx, sandbox.Command{
		Args: []string{"/bin/sh", "-c", wrapper, "sh", command}, Dir: s.dir, Env: s.env, Merge: true,
	})
	if err != nil {
		return "", err
	}
	if res.TimedOut {
		return "", errStepDeadline
	}
	return s.shown.Replace(string(res.Stdout)), nil
}

// write writes a file of the chapter into its folder.
func (s *shell) write(name string, data []byte) error {
	path, err := s.path(name)
	if err != nil {
		return err
	}
	if err = os.MkdirAll(filepath.Dir(path), 0o777); err == nil {
		err = os.WriteFile(path, data, 0o666)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// path finds a file of the chapter.
func (s *shell) path(name string) (string, error) {
	local, err := filepath.Localize(name)
	if err != nil {
		return "", fmt.Errorf("file %q leads out of the chapter's folder", name)
	}
	return filepath.Join(s.dir, local), nil
}

// patch applies a diff block to its file: at each place, the lines that stay and go must be there
// once, in a row.
func (s *shell) patch(b fence.Block) error {
	lines, err := fence.Diff(b.Text)
	if err != nil {
		return err
	}
	name := b.Info.File()
	path, err := s.path(name)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("diff changes %s, which no block above has written", name)
	} else if err != nil {
		return err
	}
	text := string(data)
	for _, p := range places(lines) {
		if n := strings.Count(text, p.before); n != 1 || p.before == "" {
			return fmt.Errorf("diff does not apply: its old lines are found %d times in %s", n, name)
		}
		text = strings.Replace(text, p.before, p.after, 1)
	}
	return s.write(name, []byte(text))
}

// A place is what a diff changes in one place: lines without the new ones, and without the old ones.
type place struct{ before, after string }

func places(diff []fence.Line) []place {
	var list []place
	for i, line := range diff {
		if i == 0 || line.Kind == '@' {
			list = append(list, place{})
		}
		p := &list[len(list)-1]
		if line.Kind == '-' || line.Kind == ' ' {
			p.before += line.Text + "\n"
		}
		if line.Kind == '+' || line.Kind == ' ' {
			p.after += line.Text + "\n"
		}
	}
	return list
}
