package grade

import "time"

// An Explanation is why one cell of a gradebook is what it is.
type Explanation struct {
	Learner  string
	Task     string
	Received *time.Time
}

// Audit explains the cell.
func Audit(dir, learner, task string) (Explanation, error) { return Explanation{}, nil }
