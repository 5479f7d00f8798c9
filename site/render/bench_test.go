package render

import (
	"strconv"
	"strings"
	"testing"
)

// BenchmarkCache writes 1,000 entries of 12,000 bytes into a folder and reads them again as another
// process would.
func BenchmarkCache(b *testing.B) {
	const entries = 1000
	value := strings.Repeat("x", 12000)
	keys := make([]string, entries)
	for i := range keys {
		keys[i] = cacheKey(strconv.Itoa(i))
	}
	b.Run("write", func(b *testing.B) {
		for range b.N {
			c := newCache(b.TempDir())
			for _, key := range keys {
				c.put(key, value)
			}
		}
		b.ReportMetric(b.Elapsed().Seconds()*1e6/float64(b.N)/entries, "µs/entry")
	})
	b.Run("read", func(b *testing.B) {
		dir := b.TempDir()
		c := newCache(dir)
		for _, key := range keys {
			c.put(key, value)
		}
		b.ResetTimer()
		for range b.N {
			c := newCache(dir)
			for _, key := range keys {
				if _, ok := c.get(key); !ok {
					b.Fatal("entry is gone")
				}
			}
		}
		b.ReportMetric(b.Elapsed().Seconds()*1e6/float64(b.N)/entries, "µs/entry")
	})
}

// BenchmarkHighlight highlights a block of Go.
func BenchmarkHighlight(b *testing.B) {
	h, err := newHighlighter("")
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
