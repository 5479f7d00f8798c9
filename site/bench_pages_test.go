//go:build unix

package site_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const vocabulary = `the module version build list path proxy checksum go command requires replaces package import graph
	cluster node pod image volume service label selects controller watches object status desired state reads writes a an of
	and to in for with that this which when from`

// generate writes a course of n chapters in ten parts: each has 1,170 words, 6 headings, 8 blocks of
// code that no other page has, a table and 12 links.
func generate(tb testing.TB, dir string, n int) {
	tb.Helper()
	var course strings.Builder
	course.WriteString("title: Generated\ndescription: {en: D}\nurl: https://example.test/\nsource: https://example.test/src\nparts:\n")
	for part := range 10 {
		fmt.Fprintf(&course, "  - {id: p%d, title: {en: Part %d}, chapters: [", part, part)
		for i := part * n / 10; i < (part+1)*n/10; i++ {
			fmt.Fprintf(&course, "c%05d,", i)
		}
		course.WriteString("]}\n")
	}
	writeFile(tb, filepath.Join(dir, "course.yaml"), course.String())
	for i := range n {
		writeFile(tb, filepath.Join(dir, fmt.Sprintf("en/c%05d.md", i)), chapter(i, n))
	}
}

func writeFile(tb testing.TB, name, data string) {
	tb.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(data), 0o666); err != nil {
		tb.Fatal(err)
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
