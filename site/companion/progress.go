package companion

import (
	"encoding/json"
	"net/http"
	"time"
)

// A Progress is the answer to a page that asks what has passed.
type Progress struct {
	Passed []Passed `json:"passed"`
}

// Passed is a task that has passed its check.
type Passed struct {
	Task string    `json:"id"`
	At   time.Time `json:"at"` // when first, in UTC
}

// serveProgress tells what the learner has solved in the terminal too, so that pages show it.
func (s *Server) serveProgress(w http.ResponseWriter, r *http.Request) {
	if err := s.checkToken(r); err != nil {
		refuse(w, err)
		return
	}
	answer := Progress{Passed: []Passed{}}
	if s.opt.Passed != nil {
		list, err := s.opt.Passed()
		if err != nil {
			refuse(w, err)
			return
		}
		answer.Passed = append(answer.Passed, list...)
	}
	w.Header().Set("Content-Type", contentType(".json"))
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(answer) // a client that left needs no answer
}
