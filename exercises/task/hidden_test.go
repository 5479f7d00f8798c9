package task_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/slipway-workshop/slipway/exercises/task"
)

const hiddenHead = "# title: It scales\n# points: 3\n# why: w\n# next: n\n"

func TestLoadHidden(t *testing.T) {
	cat := task.Catalog{{
		ID: "x06", Name: "x06-build-list", Points: 2, Digest: "d",
		Checks: []task.Check{{ID: "10-answer", Points: 2}}, Support: []task.File{{Name: "probe.go"}},
		Variants: []*task.Task{{ID: "x06-pre", Name: "x06-build-list", Checks: []task.Check{{ID: "10-answer"}}}},
	}}
	for name, tt := range map[string]struct{ folder, archive, want string }{
		"by id":             {"x06", "-- 90-more.txt --\n" + hiddenHead + "-- files/big.go --\npackage big\n", ""},
		"by name":           {"x06-build-list", "-- 90-more.txt --\n" + hiddenHead + "# needs: [10-answer]\n", ""},
		"variant":           {"x06-pre", "-- 90-more.txt --\n" + hiddenHead, ""},
		"no such task":      {"x07", "-- 90-more.txt --\n" + hiddenHead, "x07: folder is called like no task"},
		"takes a check":     {"x06", "-- 10-answer.txt --\n" + hiddenHead, "x06/checks.txtar:2:1: x06 has a check 10-answer already"},
		"takes a file":      {"x06", "-- 90-more.txt --\n" + hiddenHead + "-- files/probe.go --\n", "has a file files/probe.go for its checks already"},
		"needs another":     {"x06", "-- 90-more.txt --\n" + hiddenHead + "# needs: [20-none]\n", `check needs "20-none"`},
		"holds none":        {"x06", "-- files/big.go --\n", "archive holds no check"},
		"wrong head":        {"x06", "-- 90-more.txt --\n# title: T\n# pionts: 3\n", "pionts"},
		"another file only": {"x06", "", "no check"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := task.LoadHidden(fstest.MapFS{tt.folder + "/checks.txtar": {Data: []byte(tt.archive)}, "README.md": {}}, cat)
			if tt.want != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Fatalf("LoadHidden = %v, want %s", err, tt.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for id, with := range got {
				was := cat.Get(id)
				if len(was.Checks) != 1 || len(with.Checks) != 2 || with.Checks[0].Hidden || !with.Checks[1].Hidden || with.Digest == was.Digest {
					t.Errorf("%s was %+v, is %+v", id, was, with)
				}
			}
		})
	}
	if _, err := task.LoadHidden(fstest.MapFS{"x06/README.md": {}}, cat); err == nil || !strings.Contains(err.Error(), "checks.txtar: file is missing") {
		t.Errorf("without checks: %v", err)
	}
	if _, err := task.LoadHidden(fstest.MapFS{"README.md": {}}, cat); err == nil || !strings.Contains(err.Error(), "the folder holds none") {
		t.Errorf("without folders: %v", err)
	}
}
