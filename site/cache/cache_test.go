package cache

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

func TestCache(t *testing.T) {
	dir := t.TempDir()
	key := Key("a", "b")
	if key == Key("ab", "") || key == Key("a", "b", "") {
		t.Error("different lists have the same key")
	}
	New(dir).Put(key, "value")
	if got, ok := New(dir).Get(key); !ok || got != "value" {
		t.Errorf("get = %q, %v", got, ok)
	}
	file := New(dir).file(key)
	whole, _ := os.ReadFile(file)
	for _, damaged := range []string{"", "value", string(whole[:len(whole)-1]), string(whole) + "x", strings.Replace(string(whole), "value", "VALUE", 1)} {
		if err := os.WriteFile(file, []byte(damaged), 0o666); err != nil {
			t.Fatal(err)
		}
		if got, ok := New(dir).Get(key); ok {
			t.Errorf("damaged entry %q gives %q", damaged, got)
		}
	}
	c := New(dir)
	c.Put(key, "again")
	if got, ok := New(dir).Get(key); !ok || got != "again" {
		t.Errorf("after mending: get = %q, %v", got, ok)
	}
}

func TestCacheWithoutFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"", filepath.Join(file, "cache")} { // none, and one that cannot be made
		c := New(folder)
		c.Put("key", "value")
		if got, ok := c.Get("key"); !ok || got != "value" {
			t.Errorf("folder %q: get = %q, %v", folder, got, ok)
		}
	}
}

func TestCacheForgets(t *testing.T) {
	c := New("")
	value := strings.Repeat("x", memoryLimit/4)
	for i := range 20 {
		c.Put(Key(string(rune('a'+i))), value)
	}
	if n := len(c.young) + len(c.old); n > 11 {
		t.Errorf("%d values of a quarter of the limit are kept", n)
	}
}

// TestCacheShared writes and reads the same entries from several caches on one folder.
func TestCacheShared(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 4 {
		c := New(dir)
		wg.Go(func() {
			for i := range 50 {
				key := Key(string(rune(i)))
				want := strings.Repeat(key, 20)
				if got, ok := New(dir).Get(key); ok && got != want {
					t.Errorf("entry is torn: %q", got)
				}
				c.Put(key, want)
			}
		})
	}
	wg.Wait()
	left, err := filepath.Glob(filepath.Join(dir, "*", ".new-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// BenchmarkCache writes 1,000 entries of 12,000 bytes into a folder and reads them again as another
// process would.
func BenchmarkCache(b *testing.B) {
	const entries = 1000
	value := strings.Repeat("x", 12000)
	keys := make([]string, entries)
	for i := range keys {
		keys[i] = Key(strconv.Itoa(i))
	}
	b.Run("write", func(b *testing.B) {
		for range b.N {
			c := New(b.TempDir())
			for _, key := range keys {
				c.Put(key, value)
			}
		}
		b.ReportMetric(b.Elapsed().Seconds()*1e6/float64(b.N)/entries, "µs/entry")
	})
	b.Run("read", func(b *testing.B) {
		dir := b.TempDir()
		c := New(dir)
		for _, key := range keys {
			c.Put(key, value)
		}
		b.ResetTimer()
		for range b.N {
			c := New(dir)
			for _, key := range keys {
				if _, ok := c.Get(key); !ok {
					b.Fatal("entry is gone")
				}
			}
		}
		b.ReportMetric(b.Elapsed().Seconds()*1e6/float64(b.N)/entries, "µs/entry")
	})
}
