' Writes the file that "tympan hub enrol --from" reads. Not yet proved.
Dim told, files, file
told = Split(Session.Property("CustomActionData"), "|")
Set files = CreateObject("Scripting.FileSystemObject")
Set file = files.CreateTextFile(files.BuildPath(told(0), "enrolment"), True)
file.WriteLine "hub=" & told(1)
file.WriteLine "token=" & told(2)
file.Close
