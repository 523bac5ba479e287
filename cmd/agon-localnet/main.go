// Command agon-localnet runs a whole Agon network on this machine: to watch it work (demo) or to try it (up).
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// After the first signal the default comes back: a second one ends the program at once.
	context.AfterFunc(ctx, stop)

	err := rootCommand().ExecuteContext(ctx)
	switch {
	case err == nil:
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(os.Stderr, "stopped")
		os.Exit(130)
	default:
		fmt.Fprintln(os.Stderr, "agon-localnet:", err)
		os.Exit(1)
	}
}
