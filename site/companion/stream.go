package companion

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

const (
	heartbeat  = 15 * time.Second // between comments, so that a client that left is noticed
	sendWithin = 10 * time.Second // a client that takes longer to accept an event is given up
)

// A stream sends server-sent events, each with one JSON value.
type stream struct {
	mu  sync.Mutex
	w   http.ResponseWriter
	ctl *http.ResponseController
}

// newStream begins the answer, so that the client knows at once that it was accepted.
func newStream(w http.ResponseWriter) *stream {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	s := &stream{w: w, ctl: http.NewResponseController(w)}
	w.WriteHeader(http.StatusOK)
	_ = s.ctl.Flush()
	return s
}

func (s *stream) send(event string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("send %s: %w", event, err)
	}
	return s.write(fmt.Sprintf("event: %s\ndata: %s\n\n", event, data))
}

func (s *stream) beat() error { return s.write(":\n\n") }

func (s *stream) write(text string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.ctl.SetWriteDeadline(time.Now().Add(sendWithin))
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	err := s.ctl.Flush()
	_ = s.ctl.SetWriteDeadline(time.Time{})
	return err
}
