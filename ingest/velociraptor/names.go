package velociraptor

import (
	"archive/zip"
	"path"
	"slices"
	"strings"
)

// ownNames gives the members of an archive that was packed again the names that Velociraptor gave them: without the ./
// that some programs begin names with, with slashes where others write backslashes, which Velociraptor escapes, and
// without the folder that all of them were put into. What a Mac adds, and what is no file, is left out; strange is a member
// that is not from Velociraptor by its name or kind, or nil.
func ownNames(files []*zip.File) (own []*zip.File, strange *zip.File) {
	for _, file := range files {
		name := strings.ReplaceAll(file.Name, `\`, "/")
		for strings.HasPrefix(name, "./") {
			name = strings.TrimPrefix(name, "./")
		}
		file.Name = name
		switch {
		case addedByMac(name), file.Mode().IsDir():
		case plain(file):
			own = append(own, file)
		default:
			strange = file
		}
	}
	if around := folderAround(own); around != "" {
		for _, file := range own {
			file.Name = strings.TrimPrefix(file.Name, around)
		}
	}
	return own, strange
}

// addedByMac reports whether a member holds attributes that a Mac keeps beside a file.
func addedByMac(name string) bool {
	return strings.HasPrefix(name, "__MACOSX/") || strings.HasPrefix(path.Base(name), "._")
}

// folderAround returns the longest folder, with a slash behind it, that all members are in, if there is one among them
// that tells where an export begins; else what look like folders may be parts of the names of artifacts.
func folderAround(files []*zip.File) string {
	if !slices.ContainsFunc(files, isLandmark) {
		return ""
	}
	around := path.Dir(files[0].Name) + "/"
	for _, file := range files {
		for around != "./" && !strings.HasPrefix(file.Name, around) {
			around = path.Dir(strings.TrimSuffix(around, "/")) + "/"
		}
	}
	if around == "./" {
		return ""
	}
	return around
}

// isLandmark reports whether a member is one that is at the top of an export, or of the folder of a host there.
func isLandmark(file *zip.File) bool {
	switch path.Base(file.Name) {
	case "hunt_info.json", "collection_context.json", "client_info.json":
		return !isUpload(file.Name)
	case "data.zip":
		return encrypted(file)
	}
	return false
}
