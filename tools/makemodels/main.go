package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "makemodels:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	data := flag.String("data", ".agon/data", "folder of the corpora")
	work := flag.String("work", ".agon/models", "folder of checkpoints and float32 models")
	shipped := flag.String("models", "models", "folder of what is shipped")
	workers := flag.Int("workers", runtime.GOMAXPROCS(0), "goroutines that compute gradients; changes nothing but the time")
	flag.Parse()
	if err := os.MkdirAll(*work, 0o755); err != nil {
		return err
	}
	t, err := readTexts(*data)
	if err != nil {
		return err
	}
	m := &maker{texts: t, plans: plans, work: *work, workers: *workers, out: os.Stdout}
	var models []trained
	for _, p := range plans {
		params, tokens, err := m.train(ctx, p)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		models = append(models, trained{p, params, tokens})
	}
	return m.release(models, *shipped)
}
