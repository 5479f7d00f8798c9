// Package isolation runs the commands of a check so that a learner's program can neither reach what the judge knows
// nor outlive, outgrow or overhear the check.
//
//	err := isolation.Enter()                  // first thing in the process that grades
//	b, err := isolation.Open(ctx, options)    // probes what this machine can do
//	b.Achieved().Credit()                     // why it is not good enough for credit, or nil
//	c, err := b.Cell(ctx)                     // for one check
//	defer c.Close()
//	c.Show(ws, isolation.Write)               // what commands see beside the system's programs
//	l, err := c.Listen()                      // on the loopback that commands see
//	res, err := c.Run(ctx, command)
package isolation
