package render

import (
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/lexers"
)

// goSnippets are what no compiler would take, but a reader may be shown.
var goSnippets = []string{
	"", "\n", " ", "x", "x\n", "x(", "func", "func f", "return 1 // why\n\n", "\tif err != nil {\r\n\t\treturn err\r\n\t}\r\n",
	"type T struct {\n\t...\n}\n", "f(...)\n...\n", "a := \"never closed\nb := 1\n", "'", "'ab", "`never\r\nclosed", "/* never\nclosed",
	"x := \xff\xfe \"\xff\" // \xff\n", "\ufeffpackage p\n", "x\ufeffy", "a\x00b", "// a\r\n// b\r\n", "/* a\r\n */ x\r", "x /* a\n*/ y",
	"//line x.go:1\nx", "/*line :9:9*/x", "#!/bin/sh\necho $HOME\n", "0x 0b2 1__0 08 1e 'ab' \"\\q\"", "世界 := `世界`", "x ;; y;\n;",
}

// TestGoTokens holds that the tokens are the code.
func TestGoTokens(t *testing.T) {
	for _, code := range goSnippets {
		if got := joined(goTokens(code)); got != code {
			t.Errorf("text is %q, want %q", got, code)
		}
	}
}

func FuzzGoTokens(f *testing.F) {
	for _, code := range goSnippets {
		f.Add(code)
	}
	f.Fuzz(func(t *testing.T, code string) {
		if got := joined(goTokens(code)); got != code {
			t.Errorf("text is %q, want %q", got, code)
		}
	})
}

func joined(tokens []chroma.Token) string {
	var b strings.Builder
	for _, t := range tokens {
		b.WriteString(t.Value)
	}
	return b.String()
}

// TestPredeclared holds the list of names to what the compiler declares.
func TestPredeclared(t *testing.T) {
	want := map[string]chroma.TokenType{}
	for _, name := range types.Universe.Names() {
		switch types.Universe.Lookup(name).(type) {
		case *types.TypeName:
			want[name] = chroma.KeywordType
		case *types.Builtin:
			want[name] = chroma.NameBuiltin
		default:
			want[name] = chroma.KeywordConstant
		}
		if predeclared[name] != want[name] {
			t.Errorf("%s is %v, want %v", name, predeclared[name], want[name])
		}
	}
	if len(predeclared) != len(want) {
		t.Errorf("%d names, want %d", len(predeclared), len(want))
	}
}

// better says where chroma's classes are not ours. A pattern is to match chroma's class and ours, and
// the token between ‹ and › with a little of what stands around it.
var better = []struct {
	why     string
	pattern *regexp.Regexp
}{
	{"a method or a function that is declared has the name of a built-in one", regexp.MustCompile(`(?s)^b→f .*(func |\.)‹\w+›\(`)},
	{"a type that converts is a type", regexp.MustCompile(`(?s)^b→t .*[^.]‹\w+›\(`)},
	{"a field has the name of a type", regexp.MustCompile(`(?s)^t→ .*\.‹\w+›[^(]`)},
	{"a generic function is a function", regexp.MustCompile(`(?s)^→f .*func ‹\w+›\[`)},
	{"a type that chroma does not know", regexp.MustCompile(`(?s)^→t .*‹comparable›`)},
	{"a number that chroma does not know", regexp.MustCompile(`(?s)^→m .*‹[0-9][^›]*›`)},
	{"a template is a string, whatever is in it", regexp.MustCompile("(?s)→s .*‹`.*{{.*`›")},
}

// TestGoLikeChroma compares the class of each byte with chroma's in some of Go's own files, declaration
// by declaration: chroma takes so long for a whole file that it may drop matches. Where it may have done so in one
// declaration, as under the race detector or on a busy machine, that one is left out; most must be compared.
func TestGoLikeChroma(t *testing.T) {
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	compared, leftOut := 0, 0
	for _, name := range []string{"builtin/builtin.go", "fmt/print.go", "fmt/scan.go", "slices/slices.go", "strconv/number_test.go", "text/template/example_test.go", "time/zoneinfo_read.go"} {
		file := filepath.Join(strings.TrimSpace(string(goroot)), "src", filepath.FromSlash(name))
		for _, code := range declarations(t, file) {
			theirs, sure := chromaClasses(t, code)
			if !sure {
				leftOut += len(code)
				continue
			}
			compared += len(code)
			compare(t, name, code, theirs, seen)
		}
	}
	t.Logf("%d bytes are compared, %d are left out", compared, leftOut)
	if leftOut > compared {
		t.Errorf("chroma was too slow for %d of %d bytes", leftOut, compared+leftOut)
	}
	for _, b := range better {
		if !seen[b.why] && leftOut == 0 { // else it may be in what was left out
			t.Errorf("no longer found: %s", b.why)
		}
	}
}

// compare reports where the classes of a piece of code differ from chroma's without being better.
func compare(t *testing.T, name, code string, theirs []string, seen map[string]bool) {
	start := 0
	for _, token := range goTokens(code) {
		end := start + len(token.Value)
		context := code[max(0, start-5):start] + "‹" + token.Value + "›" + code[end:min(end+1, len(code))]
		for i, class := range theirs[start:end] {
			if class == classOf(token.Type) || strings.IndexByte(" \t\n", token.Value[i]) >= 0 {
				continue
			}
			why := reason(class + "→" + classOf(token.Type) + " " + context)
			if why == "" {
				t.Errorf("%s: %q has class %q, chroma gives %q", name, context, classOf(token.Type), class)
				break
			}
			seen[why] = true
		}
		start = end
	}
}

// reason is why a difference is for the better, or empty.
func reason(difference string) string {
	for _, b := range better {
		if b.pattern.MatchString(difference) {
			return b.why
		}
	}
	return ""
}

// declarations are the declarations of a file with their comments.
func declarations(t *testing.T, file string) []string {
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, src, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	start := 0
	for _, d := range parsed.Decls {
		end := set.Position(d.End()).Offset
		list = append(list, string(src[start:end]))
		start = end
	}
	return list
}

// chromaClasses is the class of each byte. It is not sure where chroma may have dropped a match.
func chromaClasses(t *testing.T, code string) (list []string, sure bool) {
	tokens, sure, err := tokenise(lexers.Get("Go"), code)
	if err != nil {
		t.Fatalf("chroma reads %.30q: %v", code, err)
	}
	if !sure {
		return nil, false
	}
	var classes []string
	for _, token := range tokens {
		classes = append(classes, slices.Repeat([]string{classOf(token.Type)}, len(token.Value))...)
	}
	if len(classes) != len(code) {
		t.Fatalf("chroma gives %d bytes for %d", len(classes), len(code))
	}
	return classes, true
}
