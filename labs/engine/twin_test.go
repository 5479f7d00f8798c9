package engine

import (
	"reflect"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/exercises/workspace"
	"github.com/slipway-workshop/slipway/labs"
)

// named is a lab that has the name of its cluster wherever something runs.
func named(name string) *labs.Lab {
	files := func() []task.File {
		return []task.File{{Name: name + ".yaml", Data: []byte("node: " + name + "-worker2\n")}}
	}
	return &labs.Lab{
		Task: &task.Task{
			ID: "lab-9", Title: "Inside slipway-four", Text: "See slipway-four-worker.\n", Digest: "abc",
			Start: &task.Archive{Files: files()}, Support: files(),
			Checks: []task.Check{{ID: "10-node", Title: "Node slipway-four-worker", Next: "node slipway-four-worker ps", Script: "node " + name + "-worker true\n"}},
		},
		Topology: labs.Four,
		Setup:    labs.Script{Script: "kubectl cordon " + name + "-worker3\n", Files: files()},
		Reset:    &labs.Script{Script: "kubectl uncordon " + name + "-worker3\n", Files: files()},
	}
}

func TestRenaming(t *testing.T) {
	first := labs.Shared(labs.Four)
	twin := first.Twin(2)
	if twin.Name == first.Name || len(twin.Name) != len(first.Name) || twin.First() != first {
		t.Fatalf("twin of %v is %v", first, twin)
	}
	l := named(first.Name)
	if got := renamingFor(twin).lab(l); !reflect.DeepEqual(got, named(twin.Name)) {
		t.Errorf("renamed: %+v", got)
	}
	if !reflect.DeepEqual(l, named(first.Name)) {
		t.Error("the lab itself was changed")
	}
	if renamingFor(first).lab(l) != l {
		t.Error("the first cluster has another lab")
	}
	handed := []workspace.File{{Name: "a", Data: []byte("\x7fELF slipway-four-worker\x00")}, {Name: "b", Link: first.Name}}
	files := renamingFor(twin).files(handed)
	if string(files[0].Data) != "\x7fELF "+twin.Name+"-worker\x00" || files[1].Link != twin.Name || !strings.Contains(string(handed[0].Data), first.Name) {
		t.Errorf("files are %v, were %v", files, handed)
	}
}

// The names of twins are those of no other cluster.
func TestTwins(t *testing.T) {
	seen := map[string]bool{}
	for _, topology := range []labs.Topology{labs.One, labs.Four, labs.Bare} {
		for n := range labs.Twins {
			at := labs.Shared(topology).Twin(n + 1)
			if seen[at.Name] || !strings.HasPrefix(at.Name, labs.Prefix) {
				t.Errorf("twin %d of %s is called %s", n+1, topology, at.Name)
			}
			seen[at.Name] = true
		}
	}
}
