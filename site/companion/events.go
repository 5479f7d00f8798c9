package companion

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Problems is the data of the event that tells what is wrong with the course's sources.
type Problems struct {
	Text string `json:"text"`
}

// serveEvents tells a page about builds: reload as soon as the site is of another generation than
// the page, which ends the stream, and problems as long as it is not.
func (s *Server) serveEvents(w http.ResponseWriter, r *http.Request) {
	if err := s.checkToken(r); err != nil {
		refuse(w, err)
		return
	}
	seen, err := strconv.Atoi(r.URL.Query().Get("generation"))
	if err != nil {
		refuse(w, refusal{http.StatusBadRequest, "generation is not a number: reload the page"})
		return
	}
	out := newStream(w)
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	shown := ""
	for err == nil {
		now, changed := s.builds.read()
		if now.generation != seen {
			_ = out.send("reload", struct{}{})
			return
		}
		if now.problems != shown {
			shown = now.problems
			err = out.send("problems", Problems{shown})
			continue
		}
		select {
		case <-changed:
		case <-beat.C:
			err = out.beat()
		case <-r.Context().Done():
			return
		}
	}
}

// A notice says how the newest build ended.
type notice struct {
	generation int    // counts the builds that succeeded
	problems   string // of the newest build
}

// A board holds the newest notice, and wakes who waits for the next.
type board struct {
	mu      sync.Mutex
	now     notice
	changed chan struct{} // closed by the next notice; nil while nobody waits
}

func (b *board) post(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err == nil {
		b.now = notice{generation: b.now.generation + 1}
	} else {
		b.now.problems = err.Error()
	}
	if b.changed != nil {
		close(b.changed)
		b.changed = nil
	}
}

func (b *board) read() (notice, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.changed == nil {
		b.changed = make(chan struct{})
	}
	return b.now, b.changed
}

func (b *board) generation() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now.generation
}
