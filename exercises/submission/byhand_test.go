package submission

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

// zipEntries makes a .zip entry by entry; a name that ends in / is a folder, and one with a link is a link.
func zipEntries(t testing.TB, entries ...entry) []byte {
	t.Helper()
	return zipHeaders(t, func(*zip.FileHeader) {}, entries...)
}

func zipHeaders(t testing.TB, change func(*zip.FileHeader), entries ...entry) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		h.SetMode(0o644)
		if e.link != "" {
			h.SetMode(0o777 | fs.ModeSymlink)
			e.data = e.link
		}
		if strings.HasSuffix(e.name, "/") {
			h.Method = zip.Store
		}
		change(h)
		f, err := w.CreateHeader(h)
		if err == nil && e.data != "" {
			_, err = f.Write([]byte(e.data))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// said is a submission in a line for each task: id, digest, files; then what is stray.
func said(s *Submission) string {
	var out strings.Builder
	for _, t := range s.Tasks {
		fmt.Fprintf(&out, "%s%s:", t.ID, t.Digest)
		for _, f := range t.Files {
			fmt.Fprintf(&out, " %s", f.Name)
			if f.Link != "" {
				fmt.Fprintf(&out, "->%s", f.Link)
			}
			if f.Exec {
				out.WriteString("*")
			}
		}
		out.WriteString("\n")
	}
	if s.Stray != nil {
		fmt.Fprintf(&out, "stray %q\n", s.Stray)
	}
	return out.String()
}

func TestByHand(t *testing.T) {
	dir := func(name string) entry { return entry{name: name, kind: tar.TypeDir} }
	file := func(name string) entry { return entry{name: name, data: "data of " + name} }
	list := listOf(t, Task{ID: "x06", Digest: "@d"})
	for name, tt := range map[string]struct {
		entries []entry
		want    string
	}{
		"at the top":         {[]entry{file("x06/go.mod"), file("lab-1/a"), file("x06/b/c.go")}, "lab-1: a\nx06: b/c.go go.mod\n"},
		"below a folder":     {[]entry{dir("my work/"), dir("my work/x06/"), file("my work/x06/a"), file("my work/x10-hard/b")}, "x06: a\nx10-hard: b\n"},
		"with a dot":         {[]entry{dir("./"), dir("./x06/"), file("./x06/a")}, "x06: a\n"},
		"all workspaces":     {[]entry{file("work/go.mod"), file("work/progress.json"), file("work/.old/x06-2026/a"), file("work/x06/a")}, "x06: a\n"},
		"an empty task":      {[]entry{dir("x06/")}, "x06:\n"},
		"what systems add":   {[]entry{file("__MACOSX/x06/._a"), file(".DS_Store"), file("x06/.DS_Store"), file("x06/a"), file("x06/._a"), file("Thumbs.db")}, "x06: a\n"},
		"what pack leaves":   {[]entry{file("x06/a"), file("x06/.GIT/config"), file("x06/sub/.git/config"), file("x06/.ssh/id"), file("x06/.env"), file("x06/node_modules/a/b")}, "x06: a\n"},
		"stray files":        {[]entry{file("x06/a"), file("results.json"), file("tests/a"), file("tests/b")}, "x06: a\nstray [\"results.json\" \"tests\"]\n"},
		"beside the folder":  {[]entry{file("read me.txt"), file("作业/x06/答案.txt"), file("作业/notes")}, "x06: 答案.txt\nstray [\"read me.txt\" \"作业/notes\"]\n"},
		"a file like a task": {[]entry{file("x06/a"), file("x07")}, "x06: a\nstray [\"x07\"]\n"},
		"with its list":      {[]entry{file("x06/a"), list}, "x06@d: a\n"},
		"with a bad list":    {[]entry{file("x06/a"), {name: listName, data: "{"}}, "x06: a\nstray [\"slipway.json\"]\n"},
		"links":              {[]entry{file("x06/d/a"), {name: "x06/b", link: "d/a", kind: tar.TypeSymlink}, {name: "x06/d/c", link: "../d/./a", kind: tar.TypeSymlink}}, "x06: b->d/a d/a d/c->../d/./a\n"},
		"deep ids":           {[]entry{file("x06/x07/a"), file("x06/lab-1/b")}, "x06: lab-1/b x07/a\n"},
	} {
		t.Run(name, func(t *testing.T) {
			for kind, data := range map[string][]byte{"tar": archive(t, tt.entries...), "zip": zipEntries(t, tt.entries...)} {
				s, err := readArchive(bytes.NewReader(data), int64(len(data)))
				if err != nil {
					t.Errorf("%s: %v", kind, err)
				} else if got := said(s); got != tt.want {
					t.Errorf("%s:\n%s\nwant:\n%s", kind, got, tt.want)
				}
			}
		})
	}
}

// The same work is the same, in whatever way it comes.
func TestSameInEveryWay(t *testing.T) {
	root := t.TempDir()
	files := map[string]string{"go.mod": "module m\n", "d/a.go": "package d\n", ".git/config": "x", ".env": "T=1", ".DS_Store": "x", "答案.txt": "四"}
	var entries []entry
	for name, data := range files {
		file := filepath.Join(root, "x06", filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
		entries = append(entries, entry{name: "x06/" + name, data: data})
	}
	s := &Submission{}
	if _, err := s.Add("x06", "", filepath.Join(root, "x06")); err != nil {
		t.Fatal(err)
	}
	var digests []string
	archives := t.TempDir()
	for name, data := range map[string][]byte{"packed": packed(t, s), "tar": archive(t, entries...), "zip": zipEntries(t, entries...)} {
		file := filepath.Join(archives, name)
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
		digests = append(digests, openOne(t, file))
	}
	digests = append(digests, openOne(t, root), openOne(t, filepath.Dir(root)))
	for _, d := range digests {
		if d != digests[0] {
			t.Errorf("digests differ: %q", digests)
		}
	}
}

func openOne(t *testing.T, name string) string {
	t.Helper()
	s, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Tasks) != 1 || len(s.Tasks[0].Files) != 3 {
		t.Fatalf("%s holds %s", name, said(s))
	}
	return s.Tasks[0].SHA256()
}

func TestHostileByHand(t *testing.T) {
	x := entry{name: "x06/a", data: "a"}
	link := func(name, target string) entry { return entry{name: name, link: target, kind: tar.TypeSymlink} }
	gbk := "x06/\xb4\xf0\xb0\xb8.txt"
	loop := []entry{x}
	for i := range 60 {
		loop = append(loop, link(fmt.Sprintf("x06/l%d", i), fmt.Sprintf("l%d", (i+1)%60)))
	}
	deep := "x06/" + strings.Repeat("d/", 70) + "a"
	both := map[string]struct {
		entries []entry
		want    string
	}{
		"nothing in it":         {nil, "it is empty"},
		"only what systems add": {[]entry{{name: "__MACOSX/a"}}, "it is empty"},
		"no task":               {[]entry{{name: "src/main.go"}, {name: "go.mod"}}, `no folder that is named by a task, such as x06, but ["go.mod" "src"]`},
		"a nested archive":      {[]entry{{name: "x06.zip", data: "PK"}}, "archives in archives are not opened"},
		"too deep a task":       {[]entry{{name: "a/b/x06/c"}}, "no folder that is named by a task"},
		"two places":            {[]entry{{name: "a/x06/c"}, {name: "b/x06/c"}}, "stand in 2 places"},
		"out of the archive":    {[]entry{x, {name: "x06/../../etc/passwd"}}, "may lead to another place"},
		"up":                    {[]entry{x, {name: "../x06/a"}}, "may lead to another place"},
		"absolute":              {[]entry{x, {name: "/etc/passwd"}}, "may lead to another place"},
		"drive":                 {[]entry{x, {name: "x06/C:/x"}}, "may lead to another place"},
		"long name":             {[]entry{x, {name: "x06/" + strings.Repeat("a", 2000)}}, "too long"},
		"deep name":             {[]entry{x, {name: deep}}, "too long"},
		"escape sequence":       {[]entry{x, {name: "x06/\x1b[2J"}}, "control character"},
		"end of line in name":   {[]entry{x, {name: "x06/a\n::error::b"}}, "control character"},
		"same on a Mac":         {[]entry{{name: "x06/A"}, x}, "the same file on some systems"},
		"same folder on a Mac":  {[]entry{{name: "x06/D/a"}, {name: "x06/d/b"}}, "the same file on some systems"},
		"two ways of é":         {[]entry{{name: "x06/\u00e9"}, {name: "x06/e\u0301"}}, "the same file on some systems"},
		"twice":                 {[]entry{x, x}, "is there twice"},
		"file and folder":       {[]entry{x, {name: "x06/a/b"}}, "a file and a folder at once"},
		"link and folder":       {[]entry{link("x06/l", "d"), {name: "x06/d/x"}, {name: "x06/l/b"}}, "a file and a folder at once"},
		"task is a link":        {[]entry{x, link("x07", "x06")}, "stray"},
		"link out":              {[]entry{x, link("x06/l", "../../etc")}, "leads out of its task"},
		"link to another task":  {[]entry{x, {name: "x07/b"}, link("x06/l", "../x07/b")}, "leads out of its task"},
		"absolute link":         {[]entry{x, link("x06/l", "/etc/passwd")}, "leads out of its task"},
		"link through links":    {[]entry{x, {name: "x06/d/e/b"}, link("x06/d/e/up", "../.."), link("x06/l", "d/e/up/../a")}, "leads out of its task"},
		"link by another case":  {[]entry{x, {name: "x06/d/b"}, link("x06/d/UP", ".."), link("x06/l", "d/up/../a")}, "leads out of its task"},
		"links in a ring":       {loop, "leads out of its task"},
		"bomb":                  {[]entry{{name: "x06/a", data: strings.Repeat("0", 20<<20)}}, "times its size"},
	}
	for name, tt := range both {
		t.Run(name, func(t *testing.T) {
			for kind, data := range map[string][]byte{"tar": archive(t, tt.entries...), "zip": zipEntries(t, tt.entries...)} {
				s, err := readArchive(bytes.NewReader(data), int64(len(data)))
				if err == nil && tt.want == "stray" && len(s.Tasks) == 1 && s.Stray != nil {
					continue
				}
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("%s: %v, want %s", kind, err, tt.want)
				}
			}
		})
	}
	flags := func(change func(*zip.FileHeader), entries ...entry) []byte { return zipHeaders(t, change, entries...) }
	plain := zipEntries(t, x)
	for name, tt := range map[string]struct {
		data []byte
		want string
	}{
		"an empty file":                         {nil, "the file is empty"},
		"text":                                  {[]byte("hello"), "it is a file of another kind"},
		"rar":                                   {[]byte("Rar!\x1a\x07\x01\x00"), "it is a .rar"},
		"7z":                                    {[]byte("7z\xbc\xaf\x27\x1c\x00\x04"), "it is a .7z"},
		"cut off":                               {plain[:len(plain)-10], "no .zip that can be read"},
		"tar cut off":                           {archive(t, x)[:60], "unexpected EOF"},
		"GBK in zip":                            {flags(func(h *zip.FileHeader) { h.NonUTF8 = true }, entry{name: gbk}), "perhaps in GBK"},
		"GBK that claims UTF-8":                 {claimUTF8(flags(func(h *zip.FileHeader) { h.NonUTF8 = true }, entry{name: gbk})), "perhaps in GBK"},
		"GBK in tar":                            {archive(t, entry{name: gbk}), "perhaps in GBK"},
		"UTF-8 of Windows that does not say so": {flags(func(h *zip.FileHeader) { h.NonUTF8, h.CreatorVersion, h.ExternalAttrs = true, 0, 0 }, entry{name: "x06/答案"}), "perhaps in GBK"},
		"backslashes":                           {zipEntries(t, entry{name: `x06\a`}), "it has a backslash: make the archive with slipway pack"},
		"encrypted":                             {flags(func(h *zip.FileHeader) { h.Flags |= 1 }, x), "is encrypted"},
		"device":                                {flags(func(h *zip.FileHeader) { h.SetMode(fs.ModeDevice | 0o644) }, x), "neither a file nor a link"},
		"fifo in tar":                           {archive(t, entry{name: "x06/a", kind: tar.TypeFifo}), "neither a file nor a link"},
		"hard link":                             {archive(t, x, entry{name: "x06/b", link: "x06/a", kind: tar.TypeLink}), "neither a file nor a link"},
		"smaller than it says":                  {patch(zipEntries(t, entry{name: "x06/a", data: "12345678"}), func(h []byte) { binary.LittleEndian.PutUint32(h[24:], 9) }), "EOF"},
		"larger than it says":                   {patch(zipEntries(t, entry{name: "x06/a", data: "12345678"}), func(h []byte) { binary.LittleEndian.PutUint32(h[24:], 3) }), "zip:"},
		"huge, it says":                         {patch(plain, func(h []byte) { binary.LittleEndian.PutUint32(h[24:], 1<<31) }), "more than 256 MB"},
		"huge packed, it says":                  {patch(plain, func(h []byte) { binary.LittleEndian.PutUint32(h[20:], 1<<31) }), "its size is wrong"},
		"another checksum":                      {patch(plain, func(h []byte) { binary.LittleEndian.PutUint32(h[16:], 1) }), "checksum"},
		"overlapping":                           {overlapping(), "its files overlap"},
		"unknown method":                        {patch(plain, func(h []byte) { binary.LittleEndian.PutUint16(h[10:], 99) }), "unsupported compression"},
		"many entries":                          {append(bytes.Repeat([]byte("PK\x01\x02"), 4*mostFiles+1), plain...), "more than 20000 files"},
	} {
		t.Run(name, func(t *testing.T) {
			data := tt.data
			if name == "many entries" {
				data = append([]byte("PK\x03\x04"), data...)
			}
			_, err := readArchive(bytes.NewReader(data), int64(len(data)))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
}

// patch changes the first header of the directory of a .zip.
func patch(data []byte, change func(header []byte)) []byte {
	data = bytes.Clone(data)
	change(data[bytes.Index(data, []byte("PK\x01\x02")):])
	return data
}

// claimUTF8 sets the flag of UTF-8 names in all headers of a .zip with one entry.
func claimUTF8(data []byte) []byte {
	data = patch(data, func(h []byte) { h[9] |= 8 })
	data[7] |= 8
	return data
}

// overlapping is a .zip of which two entries of the directory have the same data.
func overlapping() []byte {
	var out bytes.Buffer
	put := func(values ...any) {
		for _, v := range values {
			_ = binary.Write(&out, binary.LittleEndian, v) // a buffer takes everything
		}
	}
	data, name := []byte("data"), []byte("x06/a")
	local := func(name []byte) {
		put([]byte("PK\x03\x04"), uint16(20), uint16(0), uint16(0), uint32(0), crc32.ChecksumIEEE(data), uint32(4), uint32(4), uint16(len(name)), uint16(0), name)
	}
	local(name)
	put(data)
	begin := out.Len()
	for _, n := range [][]byte{name, []byte("x06/b")} {
		put([]byte("PK\x01\x02"), uint16(20), uint16(20), uint16(0), uint16(0), uint32(0), crc32.ChecksumIEEE(data), uint32(4), uint32(4), uint16(len(n)), uint16(0), uint16(0), uint16(0), uint16(0), uint32(0), uint32(0), n)
	}
	size := out.Len() - begin
	put([]byte("PK\x05\x06"), uint16(0), uint16(0), uint16(2), uint16(2), uint32(size), uint32(begin), uint16(0))
	return out.Bytes()
}

func TestHostileFolders(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("symbolic links need a privilege there")
	}
	for name, tt := range map[string]struct {
		make func(dir string) error
		want string
	}{
		"nothing":        {func(string) error { return nil }, "it is empty"},
		"no task":        {func(dir string) error { return os.Mkdir(filepath.Join(dir, "src"), 0o755) }, `but ["src"]`},
		"task is a link": {func(dir string) error { return os.Symlink("/etc", filepath.Join(dir, "x06")) }, "x06 is no folder"},
		"a link out": {func(dir string) error {
			return task(dir, func(ws string) error { return os.Symlink("/etc/passwd", filepath.Join(ws, "l")) })
		}, "leads out of the workspace"},
		"a backslash": {func(dir string) error {
			return task(dir, func(ws string) error { return os.WriteFile(filepath.Join(ws, `a\b`), nil, 0o644) })
		}, "it has a backslash"},
		"no UTF-8": {func(dir string) error {
			return task(dir, func(ws string) error { return os.WriteFile(filepath.Join(ws, "\xb4\xf0"), nil, 0o644) })
		}, "perhaps in GBK"},
		"a large file": {func(dir string) error { return task(dir, func(ws string) error { return os.Truncate(ws+"/a", 1<<40) }) }, "64 MB"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := tt.make(dir); err != nil {
				t.Fatal(err)
			}
			if s, err := Open(dir); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%+v, %v, want %s", s, err, tt.want)
			}
		})
	}
	if _, err := Open(filepath.Join(t.TempDir(), "missing")); err == nil {
		t.Error("what is not there gives no error")
	}
	if _, err := Open("/dev/null"); err == nil || !strings.Contains(err.Error(), "neither an archive nor a folder") {
		t.Errorf("a device: %v", err)
	}
}

func task(dir string, fill func(ws string) error) error {
	ws := filepath.Join(dir, "x06")
	if err := os.Mkdir(ws, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(ws, "a"), nil, 0o644); err != nil {
		return err
	}
	return fill(ws)
}

// What is read from any archive can be packed, and is the same then.
func FuzzArchive(f *testing.F) {
	f.Add(zipEntries(f, entry{name: "x06/a", data: "x"}, entry{name: "w/"}))
	f.Add(zipEntries(f, entry{name: "w/x06/a", data: "x"}, entry{name: "w/x06/b", link: "a"}))
	f.Add(archive(f, entry{name: "x06/a", data: "x"}, entry{name: "x06/b", link: "a", kind: tar.TypeSymlink}))
	f.Add(overlapping())
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := readArchive(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		s.Stray = nil
		again, err := Read(bytes.NewReader(packed(t, s)))
		if err != nil || !reflect.DeepEqual(s, again) {
			t.Errorf("what was read packs to something else: %v", err)
		}
	})
}
