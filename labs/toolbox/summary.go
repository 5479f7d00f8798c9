package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// A summary collects the outcomes of many requests.
type summary struct {
	begin   time.Time
	mu      sync.Mutex
	seconds []float64
	kinds   map[kind]int
	status  map[int]int
	names   map[string]int
}

func (s *summary) add(o outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kinds == nil {
		s.kinds, s.status, s.names = map[kind]int{}, map[int]int{}, map[string]int{}
	}
	s.seconds = append(s.seconds, o.Seconds)
	if o.Kind != "" {
		s.kinds[o.Kind]++
	}
	if o.Status > 0 {
		s.status[o.Status]++
	}
	if name := serverName(o.Body); name != "" {
		s.names[name]++
	}
}

// serverName is which server wrote a body.
func serverName(body string) string {
	for line := range strings.Lines(body) {
		if name, ok := strings.CutPrefix(line, "name: "); ok {
			return strings.TrimSpace(name)
		}
	}
	return ""
}

func (s *summary) failed() int {
	n := 0
	for _, k := range s.kinds {
		n += k
	}
	return n
}

func (s *summary) write(w io.Writer) {
	all := len(s.seconds)
	fmt.Fprintf(w, "requests %d\nok %d\nfailed %d\n", all, all-s.failed(), s.failed())
	lines(w, "error", s.kinds)
	lines(w, "status", s.status)
	lines(w, "name", s.names)
	if all == 0 {
		return
	}
	slices.Sort(s.seconds)
	fmt.Fprintf(w, "latency p50 %s p95 %s p99 %s max %s\n", s.latency(50), s.latency(95), s.latency(99), s.latency(100))
	fmt.Fprintf(w, "rate %.1f a second\n", float64(all)/time.Since(s.begin).Seconds())
}

// latency is the nearest-rank percentile of the sorted times.
func (s *summary) latency(percent int) time.Duration {
	rank := (len(s.seconds)*percent + 99) / 100
	return time.Duration(s.seconds[max(rank, 1)-1] * float64(time.Second)).Round(100 * time.Microsecond)
}

func lines[K ~int | ~string](w io.Writer, word string, counts map[K]int) {
	for _, key := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(w, "%s %v %d\n", word, key, counts[key])
	}
}
