package session

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

// localZone is the name of the machine's time zone: what TZ or /etc/localtime say, else its offset from GMT. A plan must name its zone, since it may run
// on another machine.
var localZone = sync.OnceValue(func() string { //nolint:gochecknoglobals // computed once, never changed
	name := os.Getenv("TZ")
	if name == "" {
		if link, err := os.Readlink("/etc/localtime"); err == nil {
			_, name, _ = strings.Cut(link, "zoneinfo/")
		}
	}
	if name = strings.TrimPrefix(name, ":"); name != "" && name != "Local" {
		if _, err := time.LoadLocation(name); err == nil {
			switch name {
			case "Etc/UTC", "UCT", "Universal", "Zulu":
				return "UTC"
			}
			return name
		}
	}
	_, offset := time.Now().Zone()
	if offset == 0 {
		return "UTC"
	}
	sign := '+'
	if offset < 0 {
		sign, offset = '-', -offset
	}
	return fmt.Sprintf("GMT%c%02d:%02d", sign, offset/3600, offset/60%60)
})
