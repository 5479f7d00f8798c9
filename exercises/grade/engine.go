package grade

import (
	"context"
	"time"

	"github.com/slipway-workshop/slipway/exercises/isolation"
	"github.com/slipway-workshop/slipway/exercises/verdict"
)

// An Item is one piece of work to judge: what one submission holds for one task.
type Item struct {
	Key   string // names all that the result depends on
	Task  string
	Files Files
}

// An Outcome is what came of judging an item once.
type Outcome struct {
	Key       string             `json:"key"`
	Task      string             `json:"task"`
	Result    verdict.Result     `json:"result"`
	Isolation isolation.Achieved `json:"isolation"`
	Fault     string             `json:"fault,omitempty"` // ours: nothing is known of the work
	Begin     time.Time          `json:"begin"`
	End       time.Time          `json:"end"`
	Worker    string             `json:"worker"`          // who judged: local/3, pod slipway-grade-7-abcde
	Tries     []Try              `json:"tries,omitempty"` // the ones before, which ended with a fault
}

// A Try is one time that an item was judged and a fault of ours prevented a result.
type Try struct {
	Begin  time.Time `json:"begin"`
	End    time.Time `json:"end"`
	Worker string    `json:"worker"`
	Fault  string    `json:"fault"`
}

// A Judge judges one item. A mistake of the learner is in the result; the error is a fault of ours.
type Judge interface {
	Judge(ctx context.Context, item Item) (verdict.Result, isolation.Achieved, error)
}

// An Engine has items judged, some at once. It calls done for each item at least once, one call at a time; what is
// told twice counts once. An item whose fault stays after retries is told with its fault. The error is that of ctx, of
// done, or of an engine that cannot go on.
type Engine interface {
	Grade(ctx context.Context, items []Item, done func(Outcome) error) error
}
