package engine

import (
	"sync"
	"time"
)

// A meter tells for how long at least one of several things went on at a time.
type meter struct {
	mu    sync.Mutex
	going int
	since time.Time
	total time.Duration
}

// begin starts one of the things, and returns what ends it.
func (m *meter) begin() (end func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.going++; m.going == 1 {
		m.since = time.Now()
	}
	return sync.OnceFunc(func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.going--; m.going == 0 {
			m.total += time.Since(m.since)
		}
	})
}

// spent returns the time that is over.
func (m *meter) spent() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.total
}
