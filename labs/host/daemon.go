package host

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"

	"github.com/slipway-workshop/slipway/labs/host/ociruntime"
)

// Docker's configuration, our runtime, and the name that the one has for the other.
const (
	daemonFile  = "/etc/docker/daemon.json"
	runtimeFile = Dir + "/" + ociruntime.Name
	runtimeName = "slipway"
)

// A daemonConfig is Docker's configuration: https://docs.docker.com/reference/cli/dockerd/.
type daemonConfig map[string]any

// parseDaemon reads the configuration; no data is an empty one.
func parseDaemon(data []byte) (daemonConfig, error) {
	config := daemonConfig{}
	if len(bytes.TrimSpace(data)) == 0 {
		return config, nil
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode(&config); err != nil {
		return nil, fmt.Errorf("read %s: %w: mend it or remove it", daemonFile, err)
	}
	return config, nil
}

// usesRuntime says whether containers that name no runtime get ours.
func (c daemonConfig) usesRuntime() bool {
	runtimes, _ := c["runtimes"].(map[string]any)
	ours, _ := runtimes[runtimeName].(map[string]any)
	return c["default-runtime"] == runtimeName && ours["path"] == runtimeFile
}

// useRuntime makes ours the default beside what else the configuration says. Somebody else's choice of
// a default is not overruled.
func (c daemonConfig) useRuntime() error {
	if name, ok := c["default-runtime"]; ok && name != "runc" && name != runtimeName {
		return fmt.Errorf("set a runtime in %s: it names default-runtime %v: remove that, and type this again", daemonFile, name)
	}
	runtimes, _ := c["runtimes"].(map[string]any)
	if runtimes == nil {
		runtimes = map[string]any{}
	}
	runtimes[runtimeName] = map[string]any{"path": runtimeFile}
	c["runtimes"], c["default-runtime"] = runtimes, runtimeName
	return nil
}

func (c daemonConfig) bytes() ([]byte, error) {
	data, err := json.MarshalIndent(c, "", "  ")
	return append(data, '\n'), err
}

// registered says whether Docker will start with our runtime as its default.
func (m *Machine) registered() bool {
	config, err := parseDaemon([]byte(m.text(inside(daemonFile))))
	if err != nil || !config.usesRuntime() {
		return false
	}
	info, err := fs.Stat(m.Files, inside(runtimeFile))
	return err == nil && info.Mode()&0o111 != 0
}

// inside is a path as a file system from the root knows it.
func inside(file string) string { return path.Clean(file)[1:] }
