package observable

import "strings"

// column is what the name of a column says about its values.
type column uint8

const (
	ofHosts    column = 1 << iota // names of the machine itself: they are no domains to look for
	ofVersions                    // versions look like addresses
	ofImpHashes
	ofUsers
	ofPaths
	ofDomains
	ofText // texts that may begin with a path and are none
)

var columns = func() map[string]column {
	table := map[string]column{}
	for column, names := range map[column]string{
		// Not hostname and host: those of files of hosts and of requests are of others, and the machine's own harms nobody.
		ofHosts: `fqdn computer computername machinename workstation workstationname dnshostname clienthostname devicename systemname
			nodename`,
		ofVersions:  "build release",
		ofImpHashes: "imphash imp",
		ofUsers: `user username accountname targetusername subjectusername authenticatedusername attempteduser owner account
			loginname logonname userid usersid sid securityid runas runasuser serviceaccount startname samaccountname upn
			targetuser sourceuser login author`,
		ofPaths: `path ospath fullpath filepath filename exe image imagepath executablepath executabledospath entrypath
			absoluteexepath servicedll parentimage targetfilename imageloaded currentdirectory cwd hivepath binary
			homedirectory newprocessname parentprocessname processname processpath sourceimage targetimage targetobject
			keypath folderpath storedname`,
		ofDomains: "domain domainname queryname query dns dnsname dnsquery destinationhostname remotehost record servername sni",
		ofText: `commandline command cmdline parentcommandline processcommandline arguments args launchstring pathname
			failurecommand scriptblocktext message content description details callchain stdout stderr text title`,
	} {
		for _, name := range strings.Fields(names) {
			table[name] |= column
		}
	}
	return table
}()

var withoutMarks = strings.NewReplacer(" ", "", "_", "", "-", "")

// columnOf goes by the last part of a path, so that Laddr.IP counts alike nested or written with a dot.
func columnOf(path string) column {
	name := strings.ToLower(withoutMarks.Replace(path[strings.LastIndexByte(path, '.')+1:]))
	if strings.HasSuffix(name, "version") {
		return ofVersions
	}
	return columns[name]
}
