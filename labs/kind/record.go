package kind

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/slipway-workshop/slipway/exercises/atomicfile"
)

// A record is what Slipway remembers of a cluster that it makes or has made. Containers of a cluster
// without one are somebody else's. It is written before the first container is there, so that one whose
// making was cut short is known for what it is.
type record struct {
	Image string   `json:"image"`
	Whole bool     `json:"whole"` // it was made to the end, and every node was Ready once
	Nodes []member `json:"nodes,omitempty"`
}

// A member is one container of a whole cluster.
type member struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Started time.Time `json:"started"` // when the container started that was last seen Ready
}

// readRecord returns nil when there is none. One that cannot be understood is one of a cluster whose
// making was cut short.
func readRecord(file string) (*record, error) {
	data, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read record of cluster: %w", err)
	}
	var r record
	if json.Unmarshal(data, &r) != nil {
		return &record{}, nil
	}
	return &r, nil
}

func (r *record) write(file string) error {
	data, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return fmt.Errorf("write record of cluster: %w", err)
	}
	return atomicfile.Write(file, append(data, '\n'))
}

// members returns the record of containers that run.
func members(all []container) []member {
	var list []member
	for _, c := range all {
		list = append(list, member{ID: c.ID, Name: c.Name, Started: c.Started})
	}
	return list
}
