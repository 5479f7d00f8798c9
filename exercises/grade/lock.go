package grade

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// lockName is the file that is locked while somebody grades into a folder. It says who; it stays when the lock is gone.
const lockName = "grading.lock"

// errLocked is what tryLock returns when another process holds the lock.
var errLocked = errors.New("locked by another process")

// lock takes the lock of a folder. The system drops it when the process ends, however that comes.
func lock(dir string) (*os.File, error) {
	name := filepath.Join(dir, lockName)
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	if err := tryLock(f); errors.Is(err, errLocked) {
		who, readErr := os.ReadFile(name)
		return nil, errors.Join(fmt.Errorf("lock %s: %s grades there: wait for its end, or name another folder with --out", dir, holder(who)), readErr, f.Close())
	} else if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", dir, err), f.Close())
	}
	host, err := os.Hostname()
	if err != nil {
		host = "this machine"
	}
	who := fmt.Sprintf("process %d on %s, since %s\n", os.Getpid(), host, time.Now().UTC().Format(time.RFC3339))
	err = f.Truncate(0)
	if err == nil {
		_, err = f.WriteAt([]byte(who), 0)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", dir, err), f.Close())
	}
	return f, nil
}

func holder(who []byte) string {
	if s := strings.TrimSpace(string(who)); s != "" {
		return s
	}
	return "another process"
}
