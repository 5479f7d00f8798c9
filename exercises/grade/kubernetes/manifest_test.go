package kubernetes

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/slipway-workshop/slipway/exercises/grade"
	"github.com/slipway-workshop/slipway/exercises/workspace"
)

func sample() Class {
	return Class{
		Items: []grade.Item{
			{Key: "k1", Task: "x01", Files: grade.Held([]workspace.File{
				{Name: "a/main.go", Data: []byte("package main\n")}, {Name: "run.sh", Data: []byte("true\n"), Exec: true}, {Name: "link", Link: "run.sh"},
			}...)},
			{Key: "k2", Task: "x02", Files: grade.Held([]workspace.File{{Name: "main.go", Data: []byte("package main\n")}, {Name: "empty"}}...)},
			{Key: "k3", Task: "x02", Files: grade.Held()},
		},
		Folders:  map[string]fs.FS{"hidden": fstest.MapFS{"x01/checks.txtar": {Data: []byte("check\n")}}, "course": fstest.MapFS{}},
		Settings: json.RawMessage(`{"limit":1}`),
	}
}

func written(t *testing.T, c Class) string {
	t.Helper()
	dir := t.TempDir()
	if err := c.Write(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func filesOf(t *testing.T, i grade.Item) []workspace.File {
	t.Helper()
	files, err := i.Files()
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// What is read is what was written.
func TestManifest(t *testing.T) {
	c := sample()
	m, err := Open(written(t, c))
	if err != nil {
		t.Fatal(err)
	}
	if m.Len() != len(c.Items) || !m.Has("hidden") || m.Has("other") {
		t.Errorf("%d items", m.Len())
	}
	if s, err := ReadSettings[struct{ Limit int }](m); err != nil || s.Limit != 1 {
		t.Errorf("settings %+v, %v", s, err)
	}
	if _, err := ReadSettings[struct{ Other int }](m); ExitCode(err) != ExitManifest {
		t.Errorf("settings that nobody knows: %v", err)
	}
	for i, want := range c.Items {
		got, err := m.Item(i)
		if err != nil {
			t.Fatal(err)
		}
		files, wanted := filesOf(t, got), filesOf(t, want)
		for j := range files {
			if len(files[j].Data) == 0 {
				files[j].Data = nil
			}
		}
		if got.Key != want.Key || got.Task != want.Task || !reflect.DeepEqual(files, wanted) {
			t.Errorf("item %d is %+v with %+v, want %+v with %+v", i, got, files, want, wanted)
		}
	}
	dir := t.TempDir()
	if err := m.Unpack(dir); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(filepath.Join(dir, "hidden", "x01", "checks.txtar")); string(data) != "check\n" {
		t.Errorf("unpacked %q, %v", data, err)
	}
}

// The same class is the same bytes, and what two learners have in common is kept once.
func TestManifestIsItsContent(t *testing.T) {
	a, b := written(t, sample()), written(t, sample())
	one, err := os.ReadFile(filepath.Join(a, manifestName))
	if err != nil {
		t.Fatal(err)
	}
	two, err := os.ReadFile(filepath.Join(b, manifestName))
	if err != nil || string(one) != string(two) {
		t.Errorf("manifests differ: %v\n%s\n%s", err, one, two)
	}
	blobs, err := os.ReadDir(filepath.Join(a, blobsName))
	if err != nil || len(blobs) != 4 {
		t.Errorf("%d files, %v, want 4", len(blobs), err)
	}
}

// A manifest that is not as it was written is refused, and so are names that lead elsewhere.
func TestManifestRefuses(t *testing.T) {
	digest := digestOf([]byte("true\n"))
	for name, test := range map[string]struct{ old, new, want string }{
		"another version":    {`"version":1`, `"version":2`, "version 2"},
		"an unknown field":   {`"version":1`, `"version":1,"more":1`, "unknown field"},
		"something behind":   {"\n", "{}\n", "behind"},
		"a key twice":        {`"key":"k2"`, `"key":"k1"`, `item "k1"`},
		"a way out":          {`"name":"run.sh"`, `"name":"../run.sh"`, `"../run.sh"`},
		"an absolute name":   {`"name":"run.sh"`, `"name":"/run.sh"`, `"/run.sh"`},
		"a name twice":       {`"name":"run.sh"`, `"name":"link"`, `"link"`},
		"a folder elsewhere": {`"name":"hidden"`, `"name":"../hidden"`, `"../hidden"`},
		"no digest":          {digest, "", "digest or a target"},
		"a digest as a way":  {digest, "../manifest.json", "digest or a target"},
		"both":               {`"link":"run.sh"`, `"link":"run.sh","digest":"` + digest + `"`, "digest or a target"},
	} {
		dir := written(t, sample())
		file := filepath.Join(dir, manifestName)
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		changed := strings.Replace(string(data), test.old, test.new, 1)
		if changed == string(data) {
			t.Fatalf("%s: nothing to change in %s", name, data)
		}
		if err := os.WriteFile(file, []byte(changed), 0o666); err != nil {
			t.Fatal(err)
		}
		_, err = Open(dir)
		if err == nil || !strings.Contains(err.Error(), test.want) || ExitCode(err) != ExitManifest {
			t.Errorf("%s: Open = %v, want %s", name, err, test.want)
		}
	}
}

// A file that has changed is found when its item is read.
func TestManifestFindsDamage(t *testing.T) {
	dir := written(t, sample())
	blob := filepath.Join(dir, blobsName, digestOf([]byte("true\n")))
	if err := os.WriteFile(blob, []byte("fals\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	m, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Item(0); ExitCode(err) != ExitManifest || !strings.Contains(err.Error(), "run.sh") {
		t.Errorf("Item = %v", err)
	}
	if _, err := m.Item(1); err != nil {
		t.Error(err)
	}
}

func TestRanges(t *testing.T) {
	for text, numbers := range map[string][]int{"0": {0}, "0-19,25": append(upTo(20), 25), "3,5-6,9": {3, 5, 6, 9}} {
		if got := formatRanges(numbers); got != text {
			t.Errorf("formatRanges(%v) = %s", numbers, got)
		}
		if got, err := parseRanges(text, 26); err != nil || !reflect.DeepEqual(got, numbers) {
			t.Errorf("parseRanges(%s) = %v, %v", text, got, err)
		}
	}
	for _, bad := range []string{"", "a", "-1", "3-1", "1,1", "5,3", "0-26", "1-", ",1", "0-99999999999999999999"} {
		if got, err := parseRanges(bad, 26); err == nil {
			t.Errorf("parseRanges(%q) = %v", bad, got)
		}
	}
	numbers := []int{1, 3, 5, 7, 9}
	if n := shards(numbers, 2); n != 3 {
		t.Errorf("%d shards", n)
	}
	if last, err := shard(numbers, 2, 2); err != nil || !reflect.DeepEqual(last, []int{9}) || shardOf(numbers, 2, 9) != 2 || shardOf(numbers, 2, 4) != -1 {
		t.Errorf("last shard %v, %v", last, err)
	}
	for _, index := range []int{-1, 3} {
		if _, err := shard(numbers, 2, index); err == nil {
			t.Errorf("there is a shard %d", index)
		}
	}
}

func upTo(n int) []int {
	var list []int
	for i := range n {
		list = append(list, i)
	}
	return list
}
