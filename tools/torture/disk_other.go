//go:build !linux

package main

import (
	"errors"
	"fmt"
	"runtime"
)

// moveToDisk says that there is no small disk to be had.
func moveToDisk(string, string) (func(), error) {
	return nil, skipped{fmt.Errorf("%w: no small disk on %s", errors.ErrUnsupported, runtime.GOOS)}
}

func free(string) (int64, error) { return 0, errors.ErrUnsupported }
