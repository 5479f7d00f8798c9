package nodefiles

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
	"github.com/slipway-workshop/slipway/labs"
)

// node is a node whose files are kept.
type node struct {
	labs.Node
	cluster labs.Cluster
}

const (
	active    = "active"
	maxOutput = 64 << 20
)

// scriptLimit is what a script may take on a node. It ends there too, when nobody waits for it.
const scriptLimit = 40 * time.Second

// timedOut is the exit code of timeout(1) when the time was over.
const timedOut = 124

// sh runs a script of the node's shell. A script that fails is an error.
func (n *node) sh(ctx context.Context, script string, stdin []byte, args ...string) ([]byte, error) {
	limit := fmt.Sprint(scriptLimit.Seconds())
	c := sandbox.Command{Args: append([]string{"timeout", limit, "sh", "-c", script, "sh"}, args...), MaxOutput: maxOutput}
	if stdin != nil {
		c.Stdin = bytes.NewReader(stdin)
	}
	res, err := n.cluster.Exec(ctx, n.Name, c)
	switch {
	case err != nil:
		return nil, err
	case res.TimedOut, res.ExitCode == timedOut:
		return nil, fmt.Errorf("not done after %s", res.Elapsed.Round(time.Second))
	case res.Truncated:
		return nil, fmt.Errorf("more than %d MB of files", maxOutput>>20)
	case res.ExitCode != 0:
		return nil, fmt.Errorf("exit code %d: %s", res.ExitCode, bytes.TrimSpace(res.Stderr))
	}
	return res.Stdout, nil
}

// scriptArchive takes a file that changes meanwhile as it is.
const scriptArchive = `
cd /
for p; do [ -e "$p" ] && set -- "$@" "${p#/}"; shift; done
tar -cf - "$@" || [ $? -eq 1 ]`

func (n *node) archive(ctx context.Context) ([]byte, error) {
	return n.sh(ctx, scriptArchive, nil, Paths...)
}

// scriptLook tells of each service its state, then of all files what counts. A service that was
// stopped by a signal does not run, whatever systemd says.
const scriptLook = `
for u in containerd kubelet; do
	s=$(systemctl is-active $u)
	p=$(systemctl show -p MainPID --value $u)
	case "$(sed 's/.*) //' /proc/$p/stat 2>/dev/null)" in T*) s=paused ;; esac
	echo "$u $s"
done
echo
find "$@" -xdev -printf '%y %m %U:%G %p\t%l\n' 2>/dev/null
find "$@" -xdev -type f -exec sha256sum {} + 2>/dev/null
exit 0`

// A look is what is on a node and what runs there.
type look struct {
	files map[string]entry
	units map[string]string
}

func (n *node) look(ctx context.Context) (*look, error) {
	out, err := n.sh(ctx, scriptLook, nil, Paths...)
	if err != nil {
		return nil, err
	}
	head, listing, _ := strings.Cut(string(out), "\n\n")
	l := &look{units: map[string]string{}}
	for line := range strings.Lines(head) {
		unit, state, _ := strings.Cut(strings.TrimSpace(line), " ")
		l.units[unit] = state
	}
	l.files, err = parseListing(listing)
	return l, err
}

// functions of the scripts about static pods. processes prints those of the pod with a uid but for
// pause, which holds its namespaces; logs prints the folder of logs of every static pod that was.
const functions = `
processes() {
	for f in $(grep -ls "pod$1" /proc/[0-9]*/cgroup); do
		p=${f%/cgroup}
		case "$(cat $p/comm 2>/dev/null)" in pause|'') ;; *) echo ${p#/proc/} ;; esac
	done
}
logs() { ls -d /var/log/pods/kube-system_$1-"$(hostname)"_* 2>/dev/null; }
`

// scriptStatic prints of every static pod that runs the name, the uid, and its processes with the
// times when they began.
const scriptStatic = functions + `
for d in $(logs '*'); do
	id=$(for p in $(processes ${d##*_}); do echo "$p@$(cut -d' ' -f22 /proc/$p/stat)"; done)
	[ -z "$id" ] || echo "${d##*/}" $id
done
exit 0`

// running tells a static pod that runs. A pod that comes from the same manifest has the same uid
// again; one that was not started again has the same processes.
type running struct {
	UID       string `json:"uid"`
	Processes string `json:"processes"`
}

// staticPods returns the static pods that run, by name.
func (n *node) staticPods(ctx context.Context) (map[string]running, error) {
	out, err := n.sh(ctx, scriptStatic, nil)
	if err != nil {
		return nil, err
	}
	pods := map[string]running{}
	for line := range strings.Lines(string(out)) {
		folder, processes, _ := strings.Cut(strings.TrimSpace(line), " ")
		parts := strings.Split(folder, "_") // namespace, name, uid
		if len(parts) != 3 {
			continue
		}
		if name, ok := strings.CutSuffix(parts[1], "-"+n.Name); ok {
			pods[name] = running{UID: parts[2], Processes: processes}
		}
	}
	return pods, nil
}

// baseline is what is kept of a node.
type baseline struct {
	kept
	archive map[string]file
	files   map[string]entry
	moved   bool // the node has another address than it had
}

func (n *node) read(dir string) (*baseline, error) {
	data, err := os.ReadFile(n.file(dir, ".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("nothing is kept of it: make the cluster anew")
	}
	if err != nil {
		return nil, err
	}
	b := &baseline{}
	if err := json.Unmarshal(data, &b.kept); err != nil {
		return nil, fmt.Errorf("read %s: %w", n.file(dir, ".json"), err)
	}
	archive, err := os.ReadFile(n.file(dir, ".tar"))
	if err != nil {
		return nil, err
	}
	if b.archive, err = readArchive(archive, b.kept.Address, n.Address); err != nil {
		return nil, fmt.Errorf("read %s: %w", n.file(dir, ".tar"), err)
	}
	b.files, b.moved = entriesOf(b.archive), b.kept.Address != n.Address
	return b, nil
}

const scriptPut = `rm -rf -- "$@" && tar -C / -xpf -`

func (n *node) put(ctx context.Context, b *baseline, d difference) error {
	if d.empty() {
		return nil
	}
	archive, err := pack(b.archive, d.put)
	if err != nil {
		return err
	}
	_, err = n.sh(ctx, scriptPut, archive, d.remove...)
	return err
}

// scriptRestart ends with success when the services run and the kubelet answers.
const scriptRestart = `
systemctl daemon-reload
for u; do systemctl reset-failed $u 2>/dev/null; systemctl restart $u || exit 1; done
for u; do [ $u = kubelet ] && until curl -sf -o /dev/null -m 2 http://127.0.0.1:10248/healthz; do sleep 0.1; done; done
exit 0`

func (n *node) restart(ctx context.Context, r restarts) error {
	var units []string
	if r.containerd {
		units = append(units, "containerd")
	}
	if r.kubelet {
		units = append(units, "kubelet")
	}
	if units == nil {
		return nil
	}
	if _, err := n.sh(ctx, scriptRestart, nil, units...); err != nil {
		return fmt.Errorf("restart %s: %w", strings.Join(units, " and "), err)
	}
	return nil
}
