package similarity

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/exercises/workspace"
)

// Winnowing's promise: what two files share over k+w-1 tokens gives a fingerprint that both have, and what they share over
// fewer than k gives none.
func TestPromise(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	random := func(n int) []tok {
		list := make([]tok, n)
		for i := range list {
			list[i] = tok{r.Uint64(), i}
		}
		return list
	}
	fingerprints := func(k kind, toks []tok) map[uint64]bool {
		set := map[uint64]bool{}
		for _, h := range winnow(hashes(k, toks), k.w) {
			set[h] = true
		}
		return set
	}
	meet := func(k kind, n int) bool {
		shared := random(n)
		a := fingerprints(k, slices.Concat(random(r.IntN(100)), shared, random(r.IntN(100))))
		for h := range fingerprints(k, slices.Concat(random(r.IntN(100)), shared, random(r.IntN(100)))) {
			if a[h] {
				return true
			}
		}
		return false
	}
	for _, k := range []kind{goKind, textKind} {
		for range 2000 {
			if !meet(k, k.k+k.w-1) {
				t.Fatalf("%s: %d shared tokens are not found", k.name, k.k+k.w-1)
			}
			if meet(k, k.k-1) {
				t.Fatalf("%s: %d shared tokens are found", k.name, k.k-1)
			}
		}
	}
}

// The rolling hash of a run depends on its tokens alone.
func TestRolling(t *testing.T) {
	toks := take(words([]byte(strings.Repeat("a b c d e f g h i j k ", 4))), 100)
	list := hashes(textKind, toks)
	for i, h := range list {
		if want := hashes(textKind, toks[i:i+textKind.k]); len(want) != 1 || want[0] != h {
			t.Fatalf("hash %d is %x, alone it is %x", i, h, want)
		}
	}
	if list[0] != list[11] || list[0] == list[1] {
		t.Errorf("hashes %x", list)
	}
}

// Of so many hashes winnowing keeps about two of w+1, and of equal ones one a window.
func TestDensity(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	list := make([]uint64, 90_000)
	for i := range list {
		list[i] = r.Uint64()
	}
	count := func(list []uint64) (n int) {
		for range winnow(list, 8) {
			n++
		}
		return n
	}
	if n := count(list); n < 19_000 || n > 21_000 {
		t.Errorf("keeps %d of %d", n, len(list))
	}
	if n := count(make([]uint64, 8000)); n != 1000 {
		t.Errorf("keeps %d of 8000 equal ones", n)
	}
	if n := count([]uint64{3, 1, 2}); n != 1 {
		t.Errorf("keeps %d of a short list", n)
	}
}

func TestGoTokens(t *testing.T) {
	same := []string{
		"package a\nimport \"fmt\"\nfunc f(x int) { g(x, 1); return }",
		"package b // comment\nimport (\n\t\"os\"\n\tz \"io\"\n)\nfunc h(\n\ty int,\n) {\n\tk(\n\t\ty,\n\t\t2,\n\t)\n\treturn\n}",
		"package a\nfunc f(x int) { g(x, 0x1f); return }",
	}
	code := func(src string) (list []uint64) {
		for _, tok := range take(goTokens([]byte(src)), 100) {
			list = append(list, tok.code)
		}
		return list
	}
	for _, src := range same[1:] {
		if !slices.Equal(code(src), code(same[0])) {
			t.Errorf("other tokens:\n%s\n%s", src, same[0])
		}
	}
	for _, src := range []string{"package a\nfunc f(x string) { g(x, 1); return }", "package a\nfunc f(x int) { g(x, \"1\"); return }", "package a\nfunc f(x int) { g(1, x); return }"} {
		if slices.Equal(code(src), code(same[0])) {
			t.Errorf("equal tokens:\n%s\n%s", src, same[0])
		}
	}
}

// Files by tools say nothing about who wrote them.
func TestKindOf(t *testing.T) {
	for _, name := range []string{"go.sum", "app/go.sum", "go.work.sum", "vendor/a/a.go", "app/vendor/modules.txt"} {
		if _, own, _ := kindOf(workspace.File{Name: name}); own {
			t.Errorf("%s is compared", name)
		}
	}
	for name, want := range map[string]string{"a.go": "go", "go.mod": "text", "deploy.yaml": "text", "run.sh": "text", "vendors.go": "go"} {
		if k, own, _ := kindOf(workspace.File{Name: name}); !own || k.name != want {
			t.Errorf("%s is taken as %q", name, k.name)
		}
	}
}
