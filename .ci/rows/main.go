// Command rows writes the generated rows of companiontest to its output, so that a test of a process has them made by
// another one, without the race detector, which takes ten times as long.
//
//	rows ROWS           so many rows of processes, as JSON Lines
//	rows ROWS HOSTS     the export of a hunt with so many rows of each of so many hosts
package main

import (
	"io"
	"log"
	"os"
	"strconv"

	"github.com/velocicompanion/velocicompanion/companion/companiontest"
)

func main() {
	if err := write(os.Stdout, os.Args[1:]); err != nil {
		log.Fatal("rows: ", err)
	}
}

func write(w io.Writer, args []string) error {
	counts := make([]int, 2)
	for i, arg := range args[:min(len(args), len(counts))] {
		var err error
		if counts[i], err = strconv.Atoi(arg); err != nil {
			return err
		}
	}
	if hosts := counts[1]; hosts > 0 {
		return companiontest.WriteHunt(w, hosts, counts[0], 1)
	}
	return companiontest.WriteProcesses(w, counts[0], 4000, 1)
}
