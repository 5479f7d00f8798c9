//go:build unix

package site_test

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"text/tabwriter"
)

const largeEnv = "SLIPWAY_BENCH_LARGE"

// BenchmarkSite builds generated pages beside Hugo and a plain loop, each in a process of its own into
// an empty folder, and prints a table. Ratios are of CPU seconds, which other work on the machine
// changes least; the benchmark fails where a budget is missed.
//
//	loop           goldmark and chroma, page by page, no links, no navigation
//	hugo           no theme, nothing cached but its sidebar
//	slipway cold   nothing cached
//	slipway warm   highlighted code in the cache on disk
//	edit           a build after one edit, the builder kept in memory
func BenchmarkSite(b *testing.B) {
	hugo, err := buildHugo()
	if err != nil {
		fmt.Printf("without Hugo: %v\n", err)
	}
	sizes := []int{1000}
	if os.Getenv(largeEnv) != "" {
		sizes = append(sizes, 10000)
	}
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for range b.N {
				benchmarkSize(b, hugo, n)
			}
		})
	}
}

func benchmarkSize(b *testing.B, hugoFile string, n int) {
	dir := memoryDir(b)
	generate(b, filepath.Join(dir, "content"), n)
	t := table{b: b, pages: n, rows: map[string]measurement{}}
	t.measure("loop", phaseOf("loop", dir))
	if hugoFile != "" {
		generateHugo(b, filepath.Join(dir, "hugo-source"), n)
		t.measure("hugo", hugo(hugoFile, filepath.Join(dir, "hugo-source"), filepath.Join(dir, "hugo")))
		if got := pagesIn(b, filepath.Join(dir, "hugo")); got < n {
			b.Fatalf("Hugo wrote %d pages of %d", got, n)
		}
	}
	t.measure("slipway cold", phaseOf("cold", dir))
	t.measure("slipway warm", phaseOf("warm", dir))
	t.edits = measureEdits(b, dir)
	t.chapter, t.home = weights(b, filepath.Join(dir, "warm"))
	t.print()
	t.budgets()
}

// A table is what one number of pages came to.
type table struct {
	b       *testing.B
	pages   int
	names   []string
	rows    map[string]measurement
	edits   []float64
	chapter float64 // KB of 1,000 bytes of the largest chapter
	home    float64 // KB of the home page, which lists all chapters
}

func (t *table) measure(name string, cmd *exec.Cmd) {
	m, _ := measure(t.b, cmd)
	t.names = append(t.names, name)
	t.rows[name] = m
}

// ratio says how many times less CPU a row took than another. It is 0 where there is no other.
func (t *table) ratio(name, other string) float64 { return t.rows[other].cpu / t.rows[name].cpu }

func (t *table) print() {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\npages\tphase\tCPU s\twall s\tpeak MiB\tpages/s\tx hugo\tx loop\t")
	for _, name := range t.names {
		m := t.rows[name]
		ratio := "–"
		if _, ok := t.rows["hugo"]; ok {
			ratio = fmt.Sprintf("%.1f", t.ratio(name, "hugo"))
		}
		fmt.Fprintf(w, "%d\t%s\t%.2f\t%.2f\t%.0f\t%.0f\t%s\t%.1f\t\n", t.pages, name, m.cpu, m.wall, m.memory,
			float64(t.pages)/m.wall, ratio, t.ratio(name, "loop"))
	}
	w.Flush()
	fmt.Printf("%d pages, rebuild after one edit: median %.1f ms, worst %.1f ms; largest chapter %.1f KB, home page %.1f KB\n", t.pages, t.median(), t.edits[len(t.edits)-1], t.chapter, t.home)
}

func (t *table) median() float64 { return t.edits[len(t.edits)/2] }

// budgets names the budgets that this run missed. It fails nothing: times are measured, not tested.
func (t *table) budgets() {
	for _, budget := range []struct {
		what       string
		got, limit float64
		least      bool // limit is the least, else the most
		holds      bool // whether the budget is one of this run
	}{
		{"times less CPU than Hugo, cold", t.ratio("slipway cold", "hugo"), 2, true, t.rows["hugo"].cpu > 0},
		{"times less CPU than Hugo, warm", t.ratio("slipway warm", "hugo"), 10, true, t.rows["hugo"].cpu > 0},
		{"MiB of memory, cold", t.rows["slipway cold"].memory, 200, false, true},
		{"MiB of memory, warm", t.rows["slipway warm"].memory, 200, false, true},
		{"ms for a rebuild after one edit", t.median(), 50, false, t.pages <= 1000},
		{"KB of the largest chapter", t.chapter, 60, false, true},
	} {
		if budget.holds && (cmp.Compare(budget.got, budget.limit) < 0) == budget.least {
			fmt.Printf("missed at %d pages: %.1f %s; the budget is %.0f\n", t.pages, budget.got, budget.what, budget.limit)
		}
	}
}

// pagesIn counts the pages of a site.
func pagesIn(b *testing.B, dir string) (n int) {
	walkPages(b, dir, func(fs.FileInfo) { n++ })
	return n
}

// weights are the sizes of the largest chapter and of the largest other page.
func weights(b *testing.B, dir string) (chapter, home float64) {
	walkPages(b, dir, func(info fs.FileInfo) {
		size := float64(info.Size()) / 1000
		if strings.HasPrefix(info.Name(), "c0") {
			chapter = max(chapter, size)
		} else {
			home = max(home, size)
		}
	})
	return chapter, home
}

func walkPages(b *testing.B, dir string, visit func(fs.FileInfo)) {
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ".html") {
			return err
		}
		info, err := d.Info()
		if err == nil {
			visit(info)
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}

// memoryDir is a folder in memory where the system has one: what a disk takes to make a file, which
// differs much from disk to disk, is not what is compared.
func memoryDir(b *testing.B) string {
	b.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "slipway-bench-")
	if err != nil {
		return b.TempDir()
	}
	b.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}
