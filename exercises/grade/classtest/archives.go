package classtest

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/slipway-workshop/slipway/exercises/submission"
	"github.com/slipway-workshop/slipway/exercises/workspace"
)

// An Archive is a hostile submission as a whole.
type Archive struct {
	Name    string
	Tries   string
	Ext     string // .tar.gz, .zip, or nothing for a folder
	Reading Reading
	Write   func(name string) error // makes it in that place
}

// Archives returns the hostile archives and folders.
func Archives() []Archive {
	return slices.Concat(hostileFiles(), hostileEntries(), hostileBytes(), hostileFolders())
}

// honest is the work that hostile archives begin with: their lists fit what they hold.
func honest(more ...workspace.File) *submission.Submission {
	files := append([]workspace.File{{Name: "go.mod", Data: []byte("module harbour.test/desk\n\ngo 1.26\n")}}, more...)
	return &submission.Submission{Course: "generated", Slipway: "v0.0.0-classtest", Go: "go1.26", Tasks: []submission.Task{{ID: "x06", Files: files}}}
}

// hostileFiles are archives in which only the files of a task are hostile, each as .tar.gz and as .zip.
func hostileFiles() []Archive {
	named := func(names ...string) func() *submission.Submission {
		return func() *submission.Submission {
			var files []workspace.File
			for _, name := range names {
				files = append(files, workspace.File{Name: name, Data: []byte("x\n")})
			}
			return honest(files...)
		}
	}
	of := func(files ...workspace.File) func() *submission.Submission {
		return func() *submission.Submission { return honest(files...) }
	}
	var list []Archive
	for _, h := range []struct {
		name, tries string
		make        func() *submission.Submission
	}{
		{"traversal", "writes beside the folder that it is unpacked to", named("../../" + Marker)},
		{"absolute", "writes to a place of its own choice", func() *submission.Submission {
			s := honest()
			s.Tasks = slices.Insert(s.Tasks, 0, submission.Task{Files: []workspace.File{{Name: "tmp/" + Marker, Data: []byte("x\n")}}})
			return s
		}},
		{"backslashes", "writes beside the folder on Windows", named(`..\..\` + Marker)},
		{"drive", "writes to a place of its own choice on Windows", named("C:/" + Marker)},
		{"link-out", "has a symbolic link to a file of the machine", of(workspace.File{Name: "today.txt", Link: "../../../../../../etc/shadow"})},
		{"link-absolute", "has a symbolic link to a file of the machine by its whole name", of(workspace.File{Name: "today.txt", Link: "/etc/shadow"})},
		{"link-then-file", "writes through a symbolic link that came before", of(
			workspace.File{Name: "up", Link: "../.."}, workspace.File{Name: "up/" + Marker, Data: []byte("x\n")})},
		{"case-twins", "has two files that are one on a Mac and on Windows", named("Today.txt", "today.txt")},
		{"same-twice", "has the same file twice, the second for whoever looks at the last", named("today.txt", "today.txt")},
		{"many-entries", "has 30,000 files", func() *submission.Submission {
			files := make([]workspace.File, 30_000)
			for i := range files {
				files[i] = workspace.File{Name: fmt.Sprintf("many/%05d", i)}
			}
			return honest(files...)
		}},
		{"bomb", "unpacks to a thousand times its size", of(workspace.File{Name: "zero", Data: make([]byte, 24<<20)})},
		{"long-name", "has a name of 60,000 letters", named(strings.Repeat("long/", 12_000) + "x")},
	} {
		list = append(list,
			Archive{h.name, h.tries, ".tar.gz", Refused, whole(h.make, writeTar)},
			Archive{h.name + "-zip", h.tries, ".zip", Refused, whole(h.make, writeZip)})
	}
	return list
}

func whole(s func() *submission.Submission, write func(io.Writer, []entry) error) func(string) error {
	return func(name string) error {
		entries, err := entriesOf(s())
		if err != nil {
			return err
		}
		return writeWhole(name, entries, write)
	}
}

// hostileEntries are archives with entries that slipway pack never writes, or without those that it does.
func hostileEntries() []Archive {
	more := func(e entry) func([]entry) []entry { return func(list []entry) []entry { return append(list, e) } }
	var list []Archive
	for _, h := range []struct {
		name, tries string
		change      func([]entry) []entry
	}{
		{"hard-link", "has a hard link to a file of the machine", more(entry{name: "x06/today.txt", link: "/etc/shadow", kind: tar.TypeLink})},
		{"device", "has a device of the kernel", more(entry{name: "x06/today.txt", kind: tar.TypeChar, mode: 0o666})},
		{"disk", "has a disk of the machine", more(entry{name: "x06/today.txt", kind: tar.TypeBlock, mode: 0o666})},
		{"fifo", "has a named pipe, which whoever reads it waits at", more(entry{name: "x06/today.txt", kind: tar.TypeFifo, mode: 0o666})},
		{"unlisted-file", "has a file that its list does not tell of", more(entry{name: "x06/today.txt", data: []byte("x\n"), kind: tar.TypeReg})},
		{"no-list", "has no list of what it holds", func(list []entry) []entry { return list[1:] }},
		{"wrong-list", "has a list of other files", func(list []entry) []entry {
			list[1].data = append(list[1].data, "// changed later\n"...)
			return list
		}},
		{"later-list", "has a list of a later form", func(list []entry) []entry {
			list[0].data = bytes.Replace(list[0].data, []byte(`"version": 1`), []byte(`"version": 99`), 1)
			return list
		}},
		{"graded-list", "has points in its list", func(list []entry) []entry {
			list[0].data = bytes.Replace(list[0].data, []byte(`"version": 1`), []byte(`"version": 1, "points": 10`), 1)
			return list
		}},
		{"odd-task", "has a task whose id leads out of any folder", func(list []entry) []entry {
			list[0].data = bytes.Replace(list[0].data, []byte(`"x06"`), []byte(`"../x06"`), 1)
			return list
		}},
	} {
		change := func(out io.Writer, entries []entry) error { return writeTar(out, h.change(entries)) }
		reading := Refused
		if h.name == "no-list" { // made by hand, it would have none
			reading = Either
		}
		list = append(list, Archive{h.name, h.tries, ".tar.gz", reading, whole(func() *submission.Submission { return honest() }, change)})
	}
	unknown := func() *submission.Submission {
		s := honest()
		s.Tasks[0].ID = "x99"
		return s
	}
	return append(list, Archive{"unknown-task", "has work on a task that the course does not have", ".tar.gz", Either, whole(unknown, writeTar)})
}

// hostileBytes are files that are no archives, or not what their names say.
func hostileBytes() []Archive {
	var list []Archive
	for _, h := range []struct {
		name, tries, ext string
		reading          Reading
		change           func(good []byte) []byte // from an archive of that form
	}{
		{"empty", "is empty", ".tar.gz", Refused, func([]byte) []byte { return nil }},
		{"empty-zip", "is empty", ".zip", Refused, func([]byte) []byte { return nil }},
		{"text", "is a text", ".zip", Refused, func([]byte) []byte { return []byte("My work is on the other computer.\n") }},
		{"truncated", "ends in the middle", ".tar.gz", Refused, func(good []byte) []byte { return good[:len(good)/2] }},
		{"truncated-zip", "ends in the middle", ".zip", Refused, func(good []byte) []byte { return good[:len(good)/2] }},
		{"damaged", "has other bits in its middle", ".tar.gz", Refused, func(good []byte) []byte {
			for i := range 8 {
				good[len(good)/2+i] ^= 0xff
			}
			return good
		}},
		{"nested", "is an archive with the archive in it", ".zip", Refused, nested(writeZip, "work.zip")},
		{"nested-tar", "is an archive with the archive in it", ".tar.gz", Refused, nested(writeTar, "work.tar.gz")},
		{"zip-bytes", "is a text between two archives, for readers that look at other ends", ".zip", Either, func(good []byte) []byte {
			return slices.Concat(good, []byte("text"), good)
		}},
	} {
		write := func(out io.Writer, entries []entry) error {
			var good bytes.Buffer
			form := writeTar
			if h.ext == ".zip" {
				form = writeZip
			}
			if err := form(&good, entries); err != nil {
				return err
			}
			_, err := out.Write(h.change(good.Bytes()))
			return err
		}
		list = append(list, Archive{h.name, h.tries, h.ext, h.reading, whole(func() *submission.Submission { return honest() }, write)})
	}
	return list
}

func nested(write func(io.Writer, []entry) error, name string) func([]byte) []byte {
	return func(good []byte) []byte {
		var out bytes.Buffer
		if err := write(&out, []entry{{name: name, data: good, mode: 0o644, kind: tar.TypeReg}}); err != nil {
			panic(err) // a buffer takes all
		}
		return out.Bytes()
	}
}

// hostileFolders are folders with what only a file system can have. Where a system has no links or pipes, or none for
// everybody, the folder has a file in their place.
func hostileFolders() []Archive {
	var list []Archive
	for _, h := range []struct {
		name, tries string
		add         func(dir string) error
	}{
		{"folder-link-out", "is a folder with symbolic links to the machine's files", func(dir string) error {
			return orFile(os.Symlink("../../../../../../../../../etc/shadow", dir+"/x06/today.txt"), dir+"/x06/today.txt")
		}},
		{"folder-link-task", "is a folder in which a task is a link to all of the machine", func(dir string) error {
			return orFile(os.Symlink("/", dir+"/x07"), dir+"/x07")
		}},
		{"folder-fifo", "is a folder with a named pipe, which whoever reads it waits at", func(dir string) error {
			return orFile(mkfifo(dir+"/x06/today.txt"), dir+"/x06/today.txt")
		}},
		{"folder-git", "is a folder with settings of git that run commands", func(dir string) error {
			return writeFolder(dir, []entry{
				{name: "x06/.git/HEAD", data: []byte("ref: refs/heads/main\n"), mode: 0o644},
				{name: "x06/.git/config", data: []byte("[core]\n\trepositoryformatversion = 0\n\tfsmonitor = \"touch /tmp/" + Marker + "; false\"\n"), mode: 0o644},
				{name: "x06/.git/hooks/post-checkout", data: []byte("#!/bin/sh\ntouch /tmp/" + Marker + "\n"), mode: 0o755},
			})
		}},
	} {
		list = append(list, Archive{h.name, h.tries, "", Either, func(dir string) error {
			entries, err := entriesOf(honest())
			if err != nil {
				return err
			}
			if err := writeFolder(dir, entries); err != nil {
				return err
			}
			return h.add(dir)
		}})
	}
	return list
}

// orFile makes a file in the place of what could not be made.
func orFile(err error, name string) error {
	if err == nil {
		return nil
	}
	return os.WriteFile(name, []byte("x\n"), 0o666)
}
