package host

import (
	"slices"
	"strings"
)

// fix is how to let slipway put this machine in order.
func (m *Machine) fix() string {
	if m.Root {
		return "type " + m.Self + " doctor --fix"
	}
	return "type sudo " + m.Self + " doctor --fix"
}

// ways to install an engine, by the ID or ID_LIKE of /etc/os-release.
var ways = []struct{ like, text string }{
	{"fedora", "type sudo dnf install moby-engine && sudo systemctl enable --now docker"},
	{"arch", "type sudo pacman -S docker && sudo systemctl enable --now docker"},
	{"suse", "type sudo zypper install docker && sudo systemctl enable --now docker"},
	{"alpine", "type as root: apk add docker && rc-service docker start"},
}

func (m *Machine) howToInstall() string {
	switch m.OS {
	case "darwin":
		return "type brew install colima docker && colima start --cpu 2 --memory 4"
	case "windows":
		return "type winget install Docker.DockerDesktop, and start Docker Desktop"
	case "linux":
		return m.system().howToInstall(m.fix())
	}
	return elsewhere
}

const elsewhere = "install Docker, see https://docs.docker.com/engine/install/"

func (s System) howToInstall(fix string) string {
	if s.Debian() {
		return fix
	}
	for _, w := range ways {
		if slices.ContainsFunc(s.Like, func(id string) bool { return strings.Contains(id, w.like) }) {
			return w.text
		}
	}
	return elsewhere
}

func (m *Machine) howToStart(e Engine) string {
	switch {
	case e.snap():
		return "type sudo snap start docker"
	case e.Name == "docker" && m.OS == "linux":
		return m.fix()
	case e.Name == "docker" && m.OS == "darwin":
		return "start Docker Desktop, or type colima start"
	case e.Name == "docker":
		return "start Docker Desktop"
	case e.Name == "podman" && m.OS != "linux":
		return "type podman machine start, after podman machine init where there is none yet"
	case e.Name == "podman":
		return "see what podman info says"
	case e.program() == "finch":
		return "type finch vm start"
	}
	return "type sudo systemctl start containerd, or containerd-rootless-setuptool.sh install to use it without root"
}

func (m *Machine) howToBePermitted(e Engine) string {
	switch {
	case e.Name == "docker" && m.OS == "linux":
		return "type sudo usermod -aG docker $USER, and log in again"
	case e.Name == "nerdctl" && m.OS == "linux":
		return "type containerd-rootless-setuptool.sh install to use it without root"
	}
	return "see what " + e.program() + " info says"
}
