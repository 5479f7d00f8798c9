package exercises

import "embed"

// FS holds the catalogue and the module world's modules as they were when the program was built.
//
//go:embed all:catalog world/modules
var FS embed.FS
