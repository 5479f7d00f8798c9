package image

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestEngineWithoutRoom(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the engine of this test is a script of sh")
	}
	engine := filepath.Join(t.TempDir(), "docker")
	script := "#!/bin/sh\necho 'write /layer.tar: no space left on device' >&2\nexit 1\n"
	if err := os.WriteFile(engine, []byte(script), 0o777); err != nil {
		t.Fatal(err)
	}
	s := &Store{Engine: engine}
	for command, wants := range map[string]bool{"load": true, "save": false} {
		_, err := s.engine(t.Context(), nil, command)
		if err == nil || strings.Contains(err.Error(), "docker system df") != wants {
			t.Errorf("docker %s without room: %v", command, err)
		}
	}
}
