package isolation

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// environment is that of the command, with folders of the cell.
func (p *landCommand) environment(given []string) []string {
	env := []string{"TMPDIR=" + filepath.Join(p.room.dir, "tmp")}
	for _, e := range given {
		if e == "GOCACHE="+p.room.l.o.Cache {
			e = "GOCACHE=" + filepath.Join(p.room.dir, "cache")
		}
		env = append(env, e)
	}
	return env
}

// find returns where a program is. That it is not there is told as sandbox.Run does.
func find(name, dir string, env []string) (string, error) {
	if !strings.Contains(name, "/") {
		path := ""
		for _, e := range env {
			if v, ok := strings.CutPrefix(e, "PATH="); ok {
				path = v
			}
		}
		for _, d := range filepath.SplitList(path) {
			if full := filepath.Join(d, name); filepath.IsAbs(full) && unix.Access(full, unix.X_OK) == nil {
				return full, nil
			}
		}
		return "", &exec.Error{Name: name, Err: exec.ErrNotFound}
	}
	full := name
	if !filepath.IsAbs(name) {
		full = filepath.Join(dir, name)
	}
	if err := unix.Access(full, unix.F_OK); err != nil {
		return "", &os.PathError{Op: "fork/exec", Path: name, Err: err}
	}
	if info, err := os.Stat(full); err == nil && (info.IsDir() || info.Mode()&0o111 == 0) {
		return "", &os.PathError{Op: "fork/exec", Path: name, Err: unix.EACCES}
	}
	return name, nil
}
