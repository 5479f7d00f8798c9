package submission

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func workspaceOf(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func packed(t *testing.T, s *Submission) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := s.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestRoundTrip(t *testing.T) {
	one := workspaceOf(t, map[string]string{
		"go.mod": "module m\n", "deep/er/a.go": "package a\n", "答案.txt": "四", ".netrc": "machine mirror.test",
		".git/config": "[core]", ".ssh/id": "key", "home/.kube/config": "c", ".env": "TOKEN=1", "pkg/mod/cache/download/x": "x", "pkg/mod/m@v1/a.go": "package a\n",
	})
	if err := os.Chmod(filepath.Join(one, "go.mod"), 0o755); err != nil {
		t.Fatal(err)
	}
	links := os.Symlink("deep/er/a.go", filepath.Join(one, "link.go")) == nil
	s := &Submission{Course: "c", Slipway: "v1", Go: "go1.26"}
	if _, err := s.Add("x10", "d10", workspaceOf(t, nil)); err != nil {
		t.Fatal(err)
	}
	leftOut, err := s.Add("x06", "d06", one)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{".env", ".ssh", "home/.kube", "pkg/mod"}; !slices.Equal(slices.Sorted(slices.Values(leftOut)), want) {
		t.Errorf("left out %q, want %q", leftOut, want)
	}
	first := packed(t, s)
	if !bytes.Equal(first, packed(t, s)) {
		t.Error("the same work gives two archives")
	}
	got, err := Read(bytes.NewReader(first))
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Tasks) != 2 || got.Tasks[0].ID != "x06" || got.Tasks[1].ID != "x10" || got.Course != "c" || got.Go != "go1.26" {
		t.Fatalf("read %+v", got)
	}
	if !reflect.DeepEqual(got.Tasks[0], s.Tasks[0]) {
		t.Errorf("read %+v\nwant %+v", got.Tasks[0], s.Tasks[0])
	}
	var names []string
	for _, f := range got.Tasks[0].Files {
		names = append(names, f.Name)
	}
	want := []string{".netrc", "deep/er/a.go", "go.mod", "link.go", "pkg/mod/m@v1/a.go", "答案.txt"}
	if !links {
		want = slices.DeleteFunc(want, func(name string) bool { return name == "link.go" })
	}
	if !slices.Equal(names, slices.DeleteFunc(want, func(name string) bool { return strings.HasPrefix(name, "pkg/mod/") && !slices.Contains(names, name) })) {
		t.Errorf("files %q, want %q", names, want)
	}
}

// A hostile archive is built entry by entry.
type entry struct {
	name, data, link string
	kind             byte
}

func archive(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	w := tar.NewWriter(zip)
	for _, e := range entries {
		if e.kind == 0 {
			e.kind = tar.TypeReg
		}
		h := &tar.Header{Typeflag: e.kind, Name: e.name, Linkname: e.link, Mode: 0o644}
		if e.kind == tar.TypeReg {
			h.Size = int64(len(e.data))
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(e.data)); err != nil && h.Size > 0 {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// listOf is slipway.json for tasks.
func listOf(t testing.TB, tasks ...Task) entry {
	t.Helper()
	data, err := json.Marshal((&Submission{Tasks: tasks}).list())
	if err != nil {
		t.Fatal(err)
	}
	return entry{name: listName, data: string(data)}
}

func TestHostile(t *testing.T) {
	empty := listOf(t)
	x06 := listOf(t, Task{ID: "x06"})
	many := []entry{empty}
	for range mostFiles + 1 {
		many = append(many, entry{name: "x06/" + strings.Repeat("a", len(many)%100+1) + string(rune('a'+len(many)%26)) + strings.Repeat("b", len(many)/100)})
	}
	for name, tt := range map[string]struct {
		data []byte
		want string
	}{
		"nothing":              {nil, "no .tar.gz"},
		"text":                 {[]byte("hello, this is no archive"), "no .tar.gz"},
		"cut off":              {archive(t, x06)[:40], "unexpected EOF"},
		"no entries":           {archive(t), "it is empty"},
		"no list":              {archive(t, entry{name: "x06/a"}), "does not begin with slipway.json"},
		"list is a link":       {archive(t, entry{name: listName, link: "x06", kind: tar.TypeSymlink}), "does not begin with slipway.json"},
		"list of another form": {archive(t, entry{name: listName, data: `{"version":1,"grade":100}`}), "unknown field"},
		"newer list":           {archive(t, entry{name: listName, data: `{"version":2}`}), "version 2"},
		"out of the archive":   {archive(t, empty, entry{name: "x06/../../etc/passwd"}), "cannot be that of a file"},
		"absolute":             {archive(t, empty, entry{name: "/etc/passwd"}), "cannot be that of a file"},
		"drive":                {archive(t, empty, entry{name: "C:/x"}), "cannot be that of a file"},
		"backslashes":          {archive(t, empty, entry{name: `x06\..\..\x`}), "cannot be that of a file"},
		"long name":            {archive(t, empty, entry{name: "x06/" + strings.Repeat("a", 2000)}), "cannot be that of a file"},
		"link out":             {archive(t, empty, entry{name: "x06/a", link: "../../etc", kind: tar.TypeSymlink}), "leads out of its task"},
		"link to another task": {archive(t, empty, entry{name: "x06/a", link: "../x07/b", kind: tar.TypeSymlink}), "leads out of its task"},
		"hard link":            {archive(t, empty, entry{name: "x06/a", link: "x06/b", kind: tar.TypeLink}), "neither a file nor a link"},
		"device":               {archive(t, empty, entry{name: "x06/a", kind: tar.TypeChar}), "neither a file nor a link"},
		"same on a Mac":        {archive(t, empty, entry{name: "x06/A"}, entry{name: "x06/a"}), "the same file on some systems"},
		"no task":              {archive(t, empty, entry{name: "results.json"}), "belongs to no task"},
		"unlisted task":        {archive(t, empty, entry{name: "x06/a"}), "is not in its list"},
		"other files":          {archive(t, x06, entry{name: "x06/a"}), "are not those of its list"},
		"files apart":          {archive(t, x06, entry{name: "x06/a"}, entry{name: "x07/a"}, entry{name: "x06/b"}), "do not stand together"},
		"odd id":               {archive(t, listOf(t, Task{ID: "../x06"})), "no id of a task"},
		"id twice":             {archive(t, listOf(t, Task{ID: "x06"}, Task{ID: "x06"})), "not in order"},
		"bomb":                 {archive(t, empty, entry{name: "x06/a", data: strings.Repeat("0", 20<<20)}), "times its size"},
		"too many":             {archive(t, many...), "more than 20000 files"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(bytes.NewReader(tt.data))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want %s", err, tt.want)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add(archive(f, listOf(f)))
	f.Add(archive(f, listOf(f, Task{ID: "x06"}), entry{name: "x06/a", data: "x"}))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		again, err := Read(bytes.NewReader(packed(t, s)))
		if err != nil || !reflect.DeepEqual(s, again) {
			t.Errorf("what was read packs to something else: %v", err)
		}
	})
}
