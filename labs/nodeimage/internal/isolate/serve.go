package isolate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Serve answers plugins at socket until ctx is done: ready must return when policies are enforced on
// the pod, or an error by which the pod is not added for now.
func Serve(ctx context.Context, socket string, ready func(context.Context, Pod) error) error {
	// What an agent before this one left behind answers nobody.
	if err := os.Remove(socket); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("serve plugins: %w", err)
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		return fmt.Errorf("serve plugins: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("serve plugins: %w", err)
		}
		go answerOne(ctx, conn, ready)
	}
}

func answerOne(ctx context.Context, conn net.Conn, ready func(context.Context, Pod) error) {
	defer conn.Close()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return
	}
	var pod Pod
	if err := json.NewDecoder(conn).Decode(&pod); err != nil {
		return
	}
	var a answer
	if err := ready(ctx, pod); err != nil {
		a.Error = err.Error()
	}
	// A plugin that is gone has failed already.
	_ = json.NewEncoder(conn).Encode(a)
}

// Install puts the running program into a folder of CNI plugins, whole, under the plugin's name.
func Install(dir string) error {
	name := filepath.Join(dir, File)
	if err := copyProgram(name + ".new"); err != nil {
		return fmt.Errorf("install CNI plugin: %w", err)
	}
	if err := os.Rename(name+".new", name); err != nil {
		return fmt.Errorf("install CNI plugin: %w", err)
	}
	return nil
}

func copyProgram(name string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	from, err := os.Open(self)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	return errors.Join(err, to.Close())
}
