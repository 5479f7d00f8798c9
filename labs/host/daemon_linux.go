package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path"
	"strconv"
	"syscall"
	"time"
)

// Files of Docker's daemon and of its containerd.
const (
	dockerdLog       = "/var/log/dockerd.log"
	dockerPid        = "/run/docker.pid"
	containerdPid    = "/run/docker/containerd/containerd.pid"
	containerdSocket = "/run/containerd/containerd.sock"
)

func (w *worker) startUnit(ctx context.Context) error {
	if err := w.run(ctx, "systemctl", "start", "docker"); err != nil {
		return fmt.Errorf("%w: see what journalctl -u docker says", err)
	}
	return w.await(ctx, nil)
}

// startDaemon starts Docker's daemon where no init system does, and waits until it answers. One that is
// starting already is waited for.
func (w *worker) startDaemon(ctx context.Context, program string) error {
	if w.runs(w.pid(dockerPid), "dockerd") {
		return w.await(ctx, nil)
	}
	if err := w.clearStale(); err != nil {
		return err
	}
	exited, err := w.spawn(program, w.at(dockerdLog))
	if err != nil {
		return err
	}
	return w.await(ctx, exited)
}

// spawn starts a program that outlives this one: in a session of its own, with its output in a file.
func spawn(program, log string) (exited <-chan struct{}, err error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	cmd := exec.Command(program)
	cmd.Dir, cmd.Stdout, cmd.Stderr = "/", out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	return ended, nil
}

// await waits until Docker answers.
func (w *worker) await(ctx context.Context, exited <-chan struct{}) error {
	var err error
	for end := time.Now().Add(w.patience); time.Now().Before(end); {
		if _, _, err = w.machine.Engine(ctx); err == nil {
			return nil
		}
		select {
		case <-exited:
			return fmt.Errorf("dockerd ended: %s: see %s", w.lastWords(), dockerdLog)
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(200 * time.Millisecond):
		}
	}
	return fmt.Errorf("no answer within %v: %w: see %s", w.patience, err, dockerdLog)
}

func (w *worker) lastWords() string {
	data, _ := os.ReadFile(w.at(dockerdLog))
	return lastLines(data, 2)
}

// clearStale removes what a daemon left behind that ended with its machine. Where /run is not made
// anew, process numbers there belong to others by now, and Docker would take these for its daemon or
// its containerd, or dial a socket that nobody listens at.
func (w *worker) clearStale() error {
	for file, program := range map[string]string{dockerPid: "dockerd", containerdPid: "containerd"} {
		if w.runs(w.pid(file), program) {
			continue
		}
		if err := remove(w.at(file)); err != nil {
			return err
		}
	}
	conn, err := net.Dial("unix", w.at(containerdSocket))
	if err == nil {
		return conn.Close()
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		return remove(w.at(containerdSocket))
	}
	return nil
}

func remove(file string) error {
	if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// pid is the process number in a file, or 0.
func (w *worker) pid(file string) int { return w.machine.number(inside(file)) }

// runs says whether a process runs a program.
func (w *worker) runs(pid int, program string) bool {
	return pid > 0 && w.machine.text(path.Join("proc", strconv.Itoa(pid), "comm")) == program
}
