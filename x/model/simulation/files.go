package simulation

import (
	"bytes"
	"fmt"

	"github.com/agon-chain/agon/internal/chance"
	"github.com/agon-chain/agon/x/model/content"
)

// maxSize keeps files of a simulation small, with more than one chunk now and then.
const maxSize = 5_000

// bytesOf is what is in a file of a simulation: it follows from path and size, so that whoever reads the chain can give any chunk of it.
func bytesOf(path string, size uint64) []byte {
	if size > maxSize {
		return nil
	}
	return bytes.Repeat([]byte(path+"\n"), int(size)/(len(path)+1)+1)[:size]
}

// fileOf is the file of a path and size.
func fileOf(path string, size uint64) content.File {
	x := indexOf(path, size)
	return content.File{Path: path, Size: x.Size, Root: x.Root()}
}

func indexOf(path string, size uint64) *content.Index {
	x, err := content.Read(bytes.NewReader(bytesOf(path, size)), nil)
	if err != nil {
		panic(err) // bytes in memory do not fail
	}
	return x
}

// someFiles are few, so that the same come again: copies, whole and by their largest file.
func someFiles(d *chance.Dice, most uint64) []content.File {
	var out []content.File
	for i := range 1 + d.Below(min(most, 4)) {
		out = append(out, fileOf(fmt.Sprintf("part-%d", i), 1+d.Below(3)*uint64(1_000+i)))
	}
	return out
}
