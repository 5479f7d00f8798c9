package main

import (
	"context"
	"fmt"
	"os"
	"runtime/pprof"
	"syscall"

	"github.com/slipway-workshop/slipway/site"
)

func main() {
	os.RemoveAll("/tmp/w/me/prof/out")
	f, _ := os.Create("/tmp/w/me/prof/cpu.out")
	pprof.StartCPUProfile(f)
	_, err := site.Build(context.Background(), site.Options{Content: os.DirFS("/tmp/w/me/prof/content"), Out: "/tmp/w/me/prof/out", Cache: "/tmp/w/me/prof/cache"})
	pprof.StopCPUProfile()
	var u syscall.Rusage
	syscall.Getrusage(0, &u)
	fmt.Println(err, "cpu", float64(u.Utime.Nano()+u.Stime.Nano())/1e9, "sys", float64(u.Stime.Nano())/1e9, "MiB", u.Maxrss/1024)
}
