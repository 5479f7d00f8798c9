// Package isolation runs the commands of a check so that a learner's program can neither reach what the judge knows
// nor outlive, outgrow or overhear the check.
//
//	err := isolation.Enter()                  // first thing in the process that grades
//	b, err := isolation.Open(ctx, options)    // probes what this machine can do
//	b.Achieved().Credit()                     // why it is not good enough for credit, or nil
//	c, err := b.Cell(ctx)                     // for checks of one submission
//	defer c.Close()
//	c.Show(ws, isolation.Write)               // what commands see beside the system's programs
//	l, err := c.Listen()                      // on the loopback that commands see
//	res, err := c.Run(ctx, command)
//
// What commands see. The system's programs and libraries, the Go distribution and what is shown, all at the paths that
// the judge has for them; a /tmp, a /proc and a /dev of their own, and an /etc with next to nothing in it. Only what is
// shown for writing, /tmp and their additions to the build cache can be written: memory file systems of limited size,
// which end with the cell. What a path shown for writing holds is theirs to move, also what is shown below it later.
//
// Whom they reach. One another, within a cell, and listeners of the cell. There is no other network.
//
// What ends them. Their own end, after which nothing that they started lives; the limits; the context; Close; and the
// end of the judge, however it comes. A result says in Limit what a command ran into. What a command does is a result,
// never an error: an error of Run is a fault of the judge or of the machine.
//
// Backends. Bubblewrap, on Linux, keeps all promises: the judge mounts what commands see in a mount namespace and
// listens in a network namespace that belong to one thread of it for each cell; bubblewrap gives each command a user,
// pid and IPC namespace; a filter of system calls keeps them from what namespaces do not part. Root runs the commands of
// each cell as a user of their own, and bounds memory and processes by cgroups; an ordinary user does so where systemd
// gives a cgroup, and watches them otherwise.
//
// Landlock, from Linux 6.12, is for where there is no bubblewrap or are no namespaces. Each command is started by a
// thread that has given up what it must not have: Landlock lets it open only what is shown, at the machine's own paths,
// and signal only its own; a filter leaves it no sockets but those of TCP, for which the judge makes the calls that
// connect, bind and listen, on the loopback alone. TMPDIR and GOCACHE lead to folders of the cell; the latter holds
// links to the shared cache. All cells have one loopback, so that an address is free once; what is written has no bound
// but that of one file; names and sizes of files can be asked for. Without a cgroup a program may outlive its command.
//
// Process, elsewhere, runs commands as they are, with a deadline only. Open takes the first whose probes succeed, and
// Achieved says how well each promise is kept, and what to type for more.
package isolation
