package isolation

import (
	"fmt"
	"strings"
)

// A Strength says how well one promise is kept: A strong, B sound, C weak, D not at all.
type Strength string

const (
	Strong Strength = "A"
	Sound  Strength = "B"
	Weak   Strength = "C"
	None   Strength = "D"
)

// Achieved is how well commands are kept apart from the judge and from one another on this machine. It stands in
// every result.
type Achieved struct {
	Backend   string   `json:"backend"`   // bubblewrap, landlock or process
	Files     Strength `json:"files"`     // what the judge keeps to itself cannot be read
	Network   Strength `json:"network"`   // nothing but the world's loopback can be reached
	Processes Strength `json:"processes"` // all that a command started ends with it
	Memory    Strength `json:"memory"`    // memory and number of processes are bounded
	Disk      Strength `json:"disk"`      // what is written is bounded
	Notes     []string `json:"notes,omitempty"`
}

// Rows returns the promises and how well each is kept, in order.
func (a Achieved) Rows() []Row {
	return []Row{
		{"files", a.Files}, {"network", a.Network}, {"processes", a.Processes}, {"memory", a.Memory}, {"disk", a.Disk},
	}
}

// A Row is one promise and how well it is kept.
type Row struct {
	Name     string
	Strength Strength
}

// String is one line: bubblewrap: files A, network A, processes A, memory A, disk A.
func (a Achieved) String() string {
	var rows []string
	for _, r := range a.Rows() {
		rows = append(rows, r.Name+" "+string(r.Strength))
	}
	return a.Backend + ": " + strings.Join(rows, ", ")
}

// Credit returns why results must not count for credit: files, network, processes and memory have to be sound.
func (a Achieved) Credit() error {
	var weak []string
	for _, r := range a.Rows()[:4] {
		if r.Strength != Strong && r.Strength != Sound {
			weak = append(weak, r.Name)
		}
	}
	if weak == nil {
		return nil
	}
	return fmt.Errorf("isolation is weak (%s): %s not sound on this machine", a.Backend, strings.Join(weak, ", "))
}
