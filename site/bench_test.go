//go:build unix

package site_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html/template"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alecthomas/chroma/v2"
	chromahtml "github.com/alecthomas/chroma/v2/formatters/html"
	"github.com/alecthomas/chroma/v2/lexers"
	"github.com/alecthomas/chroma/v2/styles"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"

	"github.com/slipway-workshop/slipway/site"
)

// A phase of the benchmark runs in a process of its own, so that its time and memory are its own.
// The environment says which; the folder holds content, cache and the sites.
const (
	phaseEnv  = "SLIPWAY_BENCH_PHASE"
	folderEnv = "SLIPWAY_BENCH_FOLDER"
	largeEnv  = "SLIPWAY_BENCH_LARGE"
)

func TestMain(m *testing.M) {
	if phase := os.Getenv(phaseEnv); phase != "" {
		if err := runPhase(phase, os.Getenv(folderEnv)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// BenchmarkSite builds generated pages beside a plain loop over goldmark and chroma. Times are CPU
// seconds of user and system together; ratios are to the loop of the same run.
//
//	loop   goldmark and chroma, page by page, no links, no navigation
//	cold   the site, nothing cached
//	warm   the site into an empty folder, highlighted code in the cache on disk
//	edit   a build after one edit, the builder kept in memory
func BenchmarkSite(b *testing.B) {
	sizes := []int{1000}
	if os.Getenv(largeEnv) != "" {
		sizes = append(sizes, 10000)
	}
	for _, n := range sizes {
		dir := b.TempDir()
		generate(b, filepath.Join(dir, "content"), n)
		var loop float64
		for _, phase := range []string{"loop", "cold", "warm", "edit"} {
			b.Run(fmt.Sprintf("%d/%s", n, phase), func(b *testing.B) {
				for range b.N {
					m := measure(b, phase, dir)
					if phase == "loop" {
						loop = m.cpu
					}
					m.report(b, phase, n, loop)
				}
			})
		}
	}
}

// A measurement is what a process took.
type measurement struct {
	wall, cpu float64 // seconds
	memory    float64 // MiB at most
	edits     []float64
}

func (m measurement) report(b *testing.B, phase string, pages int, loop float64) {
	b.ReportMetric(m.memory, "MiB-peak")
	if phase == "edit" {
		b.ReportMetric(m.edits[len(m.edits)/2], "ms/edit")
		b.ReportMetric(m.edits[len(m.edits)-1], "ms/worst-edit")
		return
	}
	b.ReportMetric(float64(pages)/m.wall, "pages/s")
	b.ReportMetric(m.cpu, "cpu-s")
	b.ReportMetric(loop/m.cpu, "x-loop")
}

func measure(b *testing.B, phase, dir string) measurement {
	b.Helper()
	if phase == "cold" {
		os.RemoveAll(filepath.Join(dir, "cache"))
	}
	os.RemoveAll(filepath.Join(dir, phase))
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), phaseEnv+"="+phase, folderEnv+"="+dir)
	cmd.Stderr = os.Stderr
	start := time.Now()
	out, err := cmd.Output()
	if err != nil {
		b.Fatalf("%s: %v", phase, err)
	}
	m := measurement{wall: time.Since(start).Seconds()}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	m.cpu = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	m.memory = float64(usage.Maxrss) / 1024
	if phase == "edit" {
		if err := json.Unmarshal(out, &m.edits); err != nil {
			b.Fatal(err)
		}
		slices.Sort(m.edits)
	}
	return m
}

func runPhase(phase, dir string) error {
	content := filepath.Join(dir, "content")
	o := site.Options{Content: os.DirFS(content), Out: filepath.Join(dir, phase), Cache: filepath.Join(dir, "cache")}
	switch phase {
	case "loop":
		return plainLoop(content, o.Out)
	case "edit":
		return edits(o, content)
	}
	_, err := site.Build(context.Background(), o)
	return err
}

// edits builds once and then changes one page after another.
func edits(o site.Options, content string) error {
	b, err := site.NewBuilder(o)
	if err != nil {
		return err
	}
	if _, err := b.Build(context.Background(), nil); err != nil {
		return err
	}
	var took []float64
	for i := range 21 {
		name := filepath.Join(content, "en", fmt.Sprintf("c%05d.md", i*40+1))
		f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		fmt.Fprintf(f, "\nOne more line, number %d.\n", i)
		if err := f.Close(); err != nil {
			return err
		}
		start := time.Now()
		report, err := b.Build(context.Background(), nil)
		if err != nil {
			return err
		}
		if len(report.Written) != 3 { // the page, its shard of the search index, and the manifest of that
			return fmt.Errorf("an edit wrote %v", report.Written)
		}
		took = append(took, float64(time.Since(start).Microseconds())/1000)
	}
	return json.NewEncoder(os.Stdout).Encode(took)
}

// plainLoop renders each page with goldmark and chroma and writes it into a small frame.
func plainLoop(content, out string) error {
	md := goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(newPlainCode(), 100))))
	frame := template.Must(template.New("").Parse("<!doctype html><title>{{.Title}}</title><main>{{.Body}}</main>"))
	names, err := filepath.Glob(filepath.Join(content, "en", "*.md"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o777); err != nil {
		return err
	}
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		var body, page bytes.Buffer
		if err := md.Convert(src, &body); err != nil {
			return err
		}
		if err := frame.Execute(&page, map[string]any{"Title": name, "Body": template.HTML(body.String())}); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(out, filepath.Base(name)+".html"), page.Bytes(), 0o666); err != nil {
			return err
		}
	}
	return nil
}

// plainCode highlights fenced blocks as an extension of goldmark would.
type plainCode struct {
	lexers map[string]chroma.Lexer
	format *chromahtml.Formatter
	style  *chroma.Style
}

func newPlainCode() *plainCode {
	p := &plainCode{lexers: map[string]chroma.Lexer{}, format: chromahtml.New(chromahtml.WithClasses(true)), style: styles.Get("github")}
	for _, lang := range []string{"go", "console", "yaml", "sh"} {
		p.lexers[lang] = lexers.Get(lang)
	}
	return p
}

func (p *plainCode) RegisterFuncs(reg renderer.NodeRendererFuncRegisterer) {
	reg.Register(ast.KindFencedCodeBlock, func(w util.BufWriter, src []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		code := n.(*ast.FencedCodeBlock)
		it, err := p.lexers[string(code.Language(src))].Tokenise(nil, string(code.Lines().Value(src)))
		if err != nil {
			return ast.WalkStop, err
		}
		return ast.WalkContinue, p.format.Format(w, p.style, it)
	})
}

const vocabulary = `the module version build list path proxy checksum go command requires replaces package import graph
	cluster node pod image volume service label selects controller watches object status desired state reads writes a an of
	and to in for with that this which when from`

// generate writes a course of n chapters in ten parts: each has 1,170 words, 6 headings, 8 blocks of
// code that no other page has, a table and 12 links.
func generate(tb testing.TB, dir string, n int) {
	tb.Helper()
	var course strings.Builder
	course.WriteString("title: Generated\ndescription: D\nurl: https://example.test/\nsource: https://example.test/src\nparts:\n")
	for part := range 10 {
		fmt.Fprintf(&course, "  - {id: p%d, title: {en: Part %d}, chapters: [", part, part)
		for i := part * n / 10; i < (part+1)*n/10; i++ {
			fmt.Fprintf(&course, "c%05d,", i)
		}
		course.WriteString("]}\n")
	}
	write := func(name, data string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o666); err != nil {
			tb.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, "en"), 0o777); err != nil {
		tb.Fatal(err)
	}
	write("course.yaml", course.String())
	for i := range n {
		write(fmt.Sprintf("en/c%05d.md", i), chapter(i, n))
	}
}

func chapter(i, n int) string {
	rnd := rand.New(rand.NewPCG(uint64(i), 1))
	words := strings.Fields(vocabulary)
	var b strings.Builder
	fmt.Fprintf(&b, "---\nnumber: %d\ntitle: Chapter %d\noutcome: You can do thing %d.\nminutes: 30\n---\n", i+1, i, i)
	codes := []func(i, k int) string{goBlock, consoleBlock, yamlBlock, shBlock}
	for section := range 6 {
		fmt.Fprintf(&b, "\n## Section %d of it\n\n", section)
		for range 3 {
			for w := range 65 {
				b.WriteString(words[rnd.IntN(len(words))])
				b.WriteByte(" \n"[(w+1)%13/12])
			}
			b.WriteString("\n\n")
		}
		fmt.Fprintf(&b, "See [one](chapter:c%05d#section-1-of-it) and [two](#section-%d-of-it).\n\n", rnd.IntN(n), section)
		if section < 4 {
			b.WriteString(codes[section](i, 0) + "\n" + codes[section](i, 1) + "\n")
		}
	}
	b.WriteString("| Word | Meaning |\n|---|---|\n")
	for row := range 6 {
		fmt.Fprintf(&b, "| `w%d` | meaning %d of %d |\n", row, row, i)
	}
	return b.String()
}

func goBlock(i, k int) string {
	return fmt.Sprintf("```go {file=main%[2]d.go}\n// Command c%[1]d prints what it is given.\npackage main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\n"+
		"type item%[1]d struct {\n\tname  string\n\tcount int\n}\n\n// add%[2]d adds an item.\nfunc (it *item%[1]d) add%[2]d(n int) error {\n"+
		"\tif n < 0 {\n\t\treturn fmt.Errorf(\"add %%d to %%q: too few\", n, it.name)\n\t}\n\tfor j := range n {\n\t\tit.count += j * %[1]d\n\t}\n\treturn nil\n}\n\n"+
		"func main() {\n\tit := &item%[1]d{name: \"x%[2]d\"}\n\tif err := it.add%[2]d(len(os.Args)); err != nil {\n\t\tfmt.Fprintln(os.Stderr, err)\n\t\tos.Exit(1)\n\t}\n}\n```\n", i, k)
}

func consoleBlock(i, k int) string {
	return fmt.Sprintf("```console\n$ go list -m -versions example.test/m%[1]d\nexample.test/m%[1]d v1.%[2]d.0 v1.%[2]d.1\n$ go get example.test/m%[1]d@v1.%[2]d.1\ngo: added example.test/m%[1]d v1.%[2]d.1\n"+
		"$ kubectl get pods -l app=a%[1]d\nNAME      READY   STATUS    RESTARTS   AGE\na%[1]d-%[2]d   1/1     Running   0          %[1]ds\n```\n", i, k)
}

func yamlBlock(i, k int) string {
	return fmt.Sprintf("```yaml {file=d%[2]d.yaml}\napiVersion: apps/v1\nkind: Deployment # number %[1]d\nmetadata:\n  name: a%[1]d\n  labels: {app: a%[1]d, tier: \"t%[2]d\"}\nspec:\n  replicas: %[1]d\n"+
		"  template:\n    spec:\n      containers:\n        - name: c%[2]d\n          image: example.test/i%[1]d:v%[2]d\n          ports:\n            - containerPort: 8080\n```\n", i, k)
}

func shBlock(i, k int) string {
	return fmt.Sprintf("```sh\nset -eu\n# build number %[1]d\nfor d in ./cmd%[2]d/*/; do\n  if [ -f \"$d/go.mod\" ]; then\n    (cd \"$d\" && go build -o \"/tmp/out%[1]d\" ./...)\n  fi\ndone\necho \"built %[1]d: $(ls /tmp | wc -l)\" >&2\n```\n", i, k)
}
