package hunt

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTimesAndCountersAreNotCompared(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"Pid", "CreateTime", "MTime", "Mtime", "Created0x30", "ProcInfo.Times.user", "ProcInfo.MemoryInfo.rss", "FlowId", "RSS", "_ts", "File.Timestamps.MTime", "EventRecordID", "KeyMTime", "UtcTime", "start_time", "InsertDate", "TimeStamp", "Last Run Time", "prefetch_mtime", "time", "LastModified0x10"} {
		assert.True(t, volatile(path), path)
	}
	for _, path := range []string{"Name", "Hash.SHA256", "Exe", "CommandLine", "Size", "Uid", "Username", "Times2", "Sometimes", "AutoUpdate", "Runtime", "Candidate", "Lifetime", "UpToDate", "Validate", "timeout", "TimeZone"} {
		assert.False(t, volatile(path), path)
	}
}

func TestKeysOfNoArtifactAreVolatile(t *testing.T) {
	t.Parallel()
	for artifact, key := range diffKeys {
		for _, path := range key {
			assert.False(t, volatile(path), "%s %s", artifact, path)
		}
	}
	assert.Equal(t, []string{"OSPath"}, DiffKey("Windows.System.TaskScheduler/Analysis"))
	assert.Nil(t, DiffKey("Custom.Thing"))
}
