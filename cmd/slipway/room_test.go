package main

import (
	"errors"
	"strings"
	"testing"
)

func TestExplainRoom(t *testing.T) {
	stores := []store{{"cache", "/roomy", "set SLIPWAY_CACHE"}, {"temporary files", "/tight/none/yet", "set TMPDIR"}}
	left := map[string]uint64{"/": 3 << 20}
	tight := func(dir string) (uint64, error) { return left[dir], nil }
	roomy := func(string) (uint64, error) { return lowRoom, nil }
	unknown := func(string) (uint64, error) { return 0, errors.ErrUnsupported }
	other := errors.New("package strconv is not in std")
	device := errors.New("docker save: write saved: no space left on device")
	told := errors.New("no space left on device: the disk is full: make room")
	tests := []struct {
		name string
		err  error
		free func(string) (uint64, error)
		want []string
	}{
		{"a program says something else of a full disk", other, tight, []string{"only 3 MB are left in /tight/none/yet", "set TMPDIR"}},
		{"a check has told its fault", nil, tight, []string{"only 3 MB", "only 3 MB"}},
		{"there is room", other, roomy, nil},
		{"there is room, and the disk is another one", device, roomy, []string{"make room there, and type the command again"}},
		{"the error tells it", told, roomy, nil},
		{"it cannot be told", other, unknown, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := explainRoom(test.err, stores, test.free)
			if (got == "") != (test.want == nil) {
				t.Errorf("explained as %q", got)
			}
			for _, want := range test.want {
				if !strings.Contains(got, want) {
					t.Errorf("%q lacks %q", got, want)
				}
			}
		})
	}
}
