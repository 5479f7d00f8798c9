package similarity

import (
	"cmp"
	"math"
)

// Version is the version of the JSON form of a report.
const Version = 1

// Note stands in every report.
const Note = "Alike is a hint for people, not a verdict: look at the places before you ask anybody, and ask before you conclude. " +
	"People who learn together write alike, and a small task has few right answers."

// A Report tells of each task which works are alike.
type Report struct {
	Version  int          `json:"version"`
	Note     string       `json:"note"`
	Common   float64      `json:"common"`   // what more than this part of the class has was left out
	CommonAt int          `json:"commonAt"` // from so many learners on
	Least    int          `json:"least"`    // fingerprints below which work is too short to tell
	From     float64      `json:"from"`     // part from which a pair is told
	Tasks    []TaskReport `json:"tasks"`    // in the order of their ids
}

// A TaskReport is what is to be told of one task.
type TaskReport struct {
	Task     string    `json:"task"`
	Works    int       `json:"works"`             // that were looked at
	Common   int       `json:"common"`            // fingerprints that much of the class has, and that were left out
	TooShort []string  `json:"tooShort"`          // learners with too little of their own to tell
	Pairs    []Pair    `json:"pairs"`             // the most alike first
	More     int       `json:"more,omitempty"`    // pairs that are not listed
	LeftOut  []LeftOut `json:"leftOut,omitempty"` // files that were not read, or not to their end
}

// A Pair is two learners whose work on a task is alike. A is before B in the order of their ids.
type Pair struct {
	A       string  `json:"a"`
	B       string  `json:"b"`
	Shared  int     `json:"shared"` // fingerprints
	OfA     float64 `json:"ofA"`    // part of A's own fingerprints: 0.97
	OfB     float64 `json:"ofB"`
	Matches []Match `json:"matches"` // the longest first

	docs [2]*document
}

// A Match is a place in A's work and the like place in B's.
type Match struct {
	A            Range `json:"a"`
	B            Range `json:"b"`
	Fingerprints int   `json:"fingerprints"`
}

// A Range is lines of a file.
type Range struct {
	File string `json:"file"`
	From int    `json:"from"` // counted from 1
	To   int    `json:"to"`
}

// A LeftOut is a file of a learner that was too large or no text.
type LeftOut struct {
	Learner string `json:"learner"`
	File    string `json:"file"`
}

func (p Pair) most() float64 { return max(p.OfA, p.OfB) }

// part is n of all in hundredths.
func part(n, all int) float64 { return math.Round(100*float64(n)/float64(all)) / 100 }

func comparePairs(p, q Pair) int {
	return cmp.Or(cmp.Compare(q.most(), p.most()), cmp.Compare(q.Shared, p.Shared), cmp.Compare(p.A, q.A), cmp.Compare(p.B, q.B))
}

func compareRanges(r, s Range) int {
	return cmp.Or(cmp.Compare(r.File, s.File), cmp.Compare(r.From, s.From), cmp.Compare(r.To, s.To))
}
