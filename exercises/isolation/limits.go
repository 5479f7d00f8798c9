package isolation

import (
	"fmt"
	"time"
)

// Limits bound each command; Disk bounds what all commands of a cell have written together. 0 means no limit of ours.
type Limits struct {
	CPU       time.Duration `json:"cpu"`       // processor time of all that the command started, in nanoseconds
	Wall      time.Duration `json:"wall"`      // in nanoseconds
	Memory    int64         `json:"memory"`    // bytes
	Disk      int64         `json:"disk"`      // bytes
	Output    int64         `json:"output"`    // bytes that either output may carry before the command is ended
	Processes int           `json:"processes"` // threads count too
}

// DefaultLimits are enough for go build of a program with a web server, with an empty build cache, on two busy cores.
func DefaultLimits() Limits {
	return Limits{CPU: 2 * time.Minute, Wall: 4 * time.Minute, Memory: 2 << 30, Disk: 512 << 20, Output: 1 << 20, Processes: 512}
}

// String says the limits in words.
func (l Limits) String() string {
	return fmt.Sprintf("%s of processor time, %s in all, %d MB of memory, %d MB of disk, %d MB of output, %d processes",
		l.CPU, l.Wall, l.Memory>>20, l.Disk>>20, l.Output>>20, l.Processes)
}
