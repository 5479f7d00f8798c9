package site

import "embed"

//go:embed i18n templates static
var embedded embed.FS
