package render

import (
	"strconv"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/site/cache"
)

// BenchmarkHighlight highlights a block of Go.
func BenchmarkHighlight(b *testing.B) {
	h, err := newHighlighter(cache.New(""))
	if err != nil {
		b.Fatal(err)
	}
	code := strings.Repeat("func f(a int) (string, error) {\n\treturn fmt.Sprint(a), nil // always\n}\n", 10)
	for i := range b.N {
		if _, _, err := h.html("go", code+strconv.Itoa(i)); err != nil {
			b.Fatal(err)
		}
	}
}
