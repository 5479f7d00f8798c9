package conflist_test

import (
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/slipway-workshop/slipway/labs/nodeimage/internal/conflist"
)

var update = flag.Bool("update", false, "rewrite testdata")

func TestMarshal(t *testing.T) {
	four, six := netip.MustParsePrefix("10.244.1.0/24"), netip.MustParsePrefix("fd00:10:244:1::/64")
	for name, c := range map[string]struct {
		ranges []netip.Prefix
		mtu    int
	}{
		"four": {[]netip.Prefix{four}, 1500},
		"both": {[]netip.Prefix{four, six}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := conflist.Marshal(c.ranges, c.mtu)
			if err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", name+".conflist")
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil || string(got) != string(want) {
				t.Errorf("got\n%s\nwant\n%s\n(%v; go test -update rewrites it)", got, want, err)
			}
		})
	}
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	for _, step := range []struct {
		data    string
		changed bool
	}{{"one", true}, {"one", false}, {"two", true}} {
		changed, err := conflist.Write(dir, []byte(step.data))
		if err != nil || changed != step.changed {
			t.Errorf("write %q: changed %v, %v", step.data, changed, err)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Fatalf("folder holds %v, %v", files, err)
	}
	if data, err := os.ReadFile(filepath.Join(dir, conflist.File)); string(data) != "two" {
		t.Errorf("file holds %q, %v", data, err)
	}
	if _, err := conflist.Write(filepath.Join(dir, "nowhere"), nil); err == nil {
		t.Error("no error for a folder that does not exist")
	}
}
