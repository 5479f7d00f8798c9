package ociruntime

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"reflect"
	"strings"
	"testing"
)

// TestArgs holds the reading of command lines to what Docker, containerd and people type.
func TestArgs(t *testing.T) {
	config := func(dir string) Document { return Document{Path: path.Join(dir, "config.json")} }
	for _, tt := range []struct {
		args string
		want Document
	}{
		{"create --bundle /b --pid-file /b/init.pid abc", config("/b")},
		{"--root /run/moby --log /l.json --log-format json --systemd-cgroup create --bundle /b abc", config("/b")},
		{"--log=/l.json --debug create --bundle=/b abc", config("/b")},
		{"--root run create -b /b abc", config("/b")},
		{"create -bundle /b --no-pivot abc", config("/b")},
		{"create --no-pivot -b=/b abc", config("/b")},
		{"run -d --keep --bundle /b abc", config("/b")},
		{"run abc", config("")},
		{"restore --lazy-pages --image-path /i --bundle /b abc", config("/b")},
		{"create --bundle /a --bundle /b abc", config("/b")},
		{"--log create create --bundle /b abc", config("/b")},

		{"exec --process /p.json --detach --pid-file /x abc", Document{Path: "/p.json", Process: true}},
		{"exec -d -p /p.json abc", Document{Path: "/p.json", Process: true}},
		{"exec --process=/p.json abc", Document{Path: "/p.json", Process: true}},
		{"exec abc mysql -p secret", Document{Process: true}},
		{"exec --tty --env A=b abc tool --process x", Document{Process: true}},

		{"delete --force abc", Document{}},
		{"kill --all abc 9", Document{}},
		{"state abc", Document{}},
		{"--version", Document{}},
		{"--root", Document{}},
		{"", Document{}},
	} {
		if got := Args(strings.Fields(tt.args)); got != tt.want {
			t.Errorf("Args(%q) = %+v, want %+v", tt.args, got, tt.want)
		}
	}
}

func ExampleArgs() {
	doc := Args(strings.Fields("--root /run/runc create --bundle /run/web web"))
	fmt.Println(doc.Path)
	// Output: /run/web/config.json
}

func ExampleReduce() {
	config := `{"process": {"capabilities": {"bounding": ["CAP_KILL", "CAP_CHOWN"]}}}`
	const chown = 1 << 0
	reduced, _, _ := Reduce([]byte(config), false, chown)
	fmt.Printf("%s\n", reduced)
	// Output: {"process":{"capabilities":{"bounding":["CAP_CHOWN"]}}}
}

func TestLog(t *testing.T) {
	for args, want := range map[string]string{
		"--root /r --log /l.json --log-format json create abc": "/l.json",
		"--log=/l.json create abc":                             "/l.json",
		"create --log /no abc":                                 "",
	} {
		if got := Log(strings.Fields(args)); got != want {
			t.Errorf("Log(%q) = %q, want %q", args, got, want)
		}
	}
}

// all is every capability that this package knows, and without is that but for one.
var all = Set(1<<len(names) - 1)

func without(name string) Set {
	for n, known := range names {
		if "CAP_"+known == name {
			return all &^ (1 << n)
		}
	}
	panic(name)
}

func TestReduce(t *testing.T) {
	const container = `{
  "ociVersion": "1.0.2-dev",
  "process": {
    "args": ["/sbin/init", "<&>"],
    "capabilities": {
      "bounding": ["CAP_CHOWN", "CAP_SYS_RESOURCE", "CAP_BPF"],
      "effective": ["CAP_SYS_RESOURCE"],
      "permitted": ["CAP_CHOWN"],
      "ambient": null
    },
    "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 18446744073709551615, "soft": 18446744073709551615}]
  },
  "annotations": {"capabilities": "CAP_SYS_RESOURCE"}
}`
	var whole struct{ Process json.RawMessage }
	if err := json.Unmarshal([]byte(container), &whole); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name    string
		data    string
		process bool
	}{
		{"a container", container, false},
		{"a process", string(whole.Process), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, changed, err := Reduce([]byte(tt.data), tt.process, without("CAP_SYS_RESOURCE"))
			if err != nil || !changed {
				t.Fatalf("Reduce = changed %v, error %v", changed, err)
			}
			want := strings.NewReplacer(`, "CAP_SYS_RESOURCE"`, "", `["CAP_SYS_RESOURCE"]`, "[]").Replace(tt.data)
			if !reflect.DeepEqual(decode(t, got), decode(t, []byte(want))) {
				t.Errorf("Reduce = %s\nwant %s", got, want)
			}
		})
	}
}

func TestReduceLeavesAlone(t *testing.T) {
	for _, tt := range []struct {
		name, data string
		process    bool
		bound      Set
	}{
		{"what a host can give", `{"process": {"capabilities": {"bounding": ["CAP_KILL"]}}}`, false, without("CAP_CHOWN")},
		{"a capability it does not know", `{"capabilities": {"bounding": ["CAP_NEW"]}}`, true, 0},
		{"a container without capabilities", `{"process": {"capabilities": null}}`, false, 0},
		{"a container without a process", `{"ociVersion": "1.2.0"}`, false, 0},
		{"capabilities that are none", `{"process": {"capabilities": "CAP_KILL"}}`, false, 0},
	} {
		got, changed, err := Reduce([]byte(tt.data), tt.process, tt.bound)
		if err != nil || changed || string(got) != tt.data {
			t.Errorf("%s: Reduce = %s, changed %v, error %v", tt.name, got, changed, err)
		}
	}
	if _, _, err := Reduce([]byte(`{"process":`), false, 0); err == nil {
		t.Error("Reduce of half a document has no error")
	}
}

func TestParseBounding(t *testing.T) {
	set, err := ParseBounding(strings.NewReader("Name:\tsh\nCapEff:\t0000000000000000\nCapBnd:\t000001fffeffffff\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := set.Lacks(40); !reflect.DeepEqual(got, []string{"CAP_SYS_RESOURCE"}) {
		t.Errorf("lacks %v", got)
	}
	if set.Has("CAP_SYS_RESOURCE") || !set.Has("CAP_SYS_ADMIN") || !set.Has("cap_bpf") {
		t.Errorf("set %x has SYS_RESOURCE %v, SYS_ADMIN %v, bpf %v", set, set.Has("CAP_SYS_RESOURCE"), set.Has("CAP_SYS_ADMIN"), set.Has("cap_bpf"))
	}
	if got := Set(0).Lacks(1); len(got) != 2 {
		t.Errorf("an empty set lacks %v of the first two capabilities", got)
	}
	if _, err := ParseBounding(strings.NewReader("Name:\tsh\n")); !errors.Is(err, ErrNoBoundingSet) {
		t.Errorf("a status without CapBnd: error %v", err)
	}
	if _, err := ParseBounding(strings.NewReader("CapBnd:\tmany\n")); err == nil {
		t.Error("a bounding set that is no number has no error")
	}
}

// decode keeps numbers as they are written.
func decode(t *testing.T, data []byte) any {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	return v
}
