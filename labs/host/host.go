// Package host knows the machine that clusters run on: which container engine it has, what a cluster
// needs of it, and how to put in order what is missing.
//
//	engine, err := host.FindEngine(ctx)       // docker, as kind finds it; err says what to type
//
//	facts, err := host.ThisMachine().Look(ctx)
//	for _, c := range facts.Conditions() { … } // what slipway doctor prints
//	err = host.Fix(ctx, say)                   // what slipway doctor --fix does
//
// A [Machine] is looked at once; the [Facts] are plain values, and what they mean, [Facts.Conditions]
// and [Facts.Repairs], follows from them alone.
//
// # What a fix changes
//
// On Linux, as root, one Repair each:
//
//   - the runtime of package ociruntime as Docker's default where the host withholds capabilities: a
//     program in [Dir] and two entries in /etc/docker/daemon.json
//   - the control groups, where they are not mounted
//   - the limits of inotify
//   - the packages docker.io and iptables, on Debian and Ubuntu
//   - the engine started, by systemd or, without that, as a process of its own
//   - the person behind sudo in the group docker
//
// How to undo a repair is written to [UndoScript] before it is made, so that a fix that was interrupted
// can be undone too. A fix that is repeated finds the state and does what is left.
//
// # Where the numbers come from
//
// inotify: kind's known issues, "Pod errors due to too many open files". Capabilities: Docker gives a
// privileged container every one that the kernel knows, see /proc/sys/kernel/cap_last_cap. The cgroup
// v1 hierarchies are those that runc and kubelet ask for, and name=systemd for the systemd of a node.
package host

// Dir is where a fix keeps what must outlive it: the runtime, and how to undo what was done.
const Dir = "/usr/local/lib/slipway"

// UndoScript is a shell script that takes back what fixes did here, the last first.
const UndoScript = Dir + "/undo.sh"
