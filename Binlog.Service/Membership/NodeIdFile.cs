using System.Text;
using Binlog.Cluster.Registry;
using Binlog.Service.Hosting;

namespace Binlog.Service.Membership;

/// <summary>
/// The file <c>.node</c> of a data directory: the node IDs under which others know what lies in it. One line with an ID that
/// all roles share (the original's form), or a line <c>pump=ID</c> and a line <c>drainer=ID</c> when they were made from the
/// roles' addresses. Not thread-safe; the data directory's lock keeps other processes away.
/// </summary>
internal sealed class NodeIdFile
{
    private const string FileName = ".node";
    private const int MaxBytes = 4096;

    private readonly string _path;
    private readonly Dictionary<NodeRole, string> _ofRoles = [];
    private string? _ofAll;

    private NodeIdFile(string path) => _path = path;

    /// <summary>Reads the file of a data directory, or writes it when it is missing and an ID is configured.</summary>
    /// <param name="dataDirectory">Absolute path of the directory.</param>
    /// <param name="configured">The key <c>nodeId</c>; null leaves it open.</param>
    /// <exception cref="StartFailedException">The file says another ID than the configuration, or can't be read or written.</exception>
    public static NodeIdFile Open(string dataDirectory, string? configured)
    {
        var file = new NodeIdFile(Path.Combine(dataDirectory, FileName));
        file.Read();
        if (configured is null)
        {
            return file;
        }

        if (file._ofRoles.Values.Prepend(file._ofAll).FirstOrDefault(found => found is not null && found != configured) is { } other)
        {
            throw new StartFailedException(
                $"nodeId is {configured}, but the data in {dataDirectory} belongs to the node {other}, as {file._path} says. "
                + $"Under another name its binlogs would count as another node's. Remove nodeId or set it to {other}, or set dataDir to another directory.");
        }

        bool isNew = file._ofAll is null && file._ofRoles.Count == 0;
        file._ofAll = configured;
        if (isNew)
        {
            file.Write();
        }

        return file;
    }

    /// <summary>The ID of a role; null when none is configured or kept yet.</summary>
    public string? Find(NodeRole role) => _ofRoles.GetValueOrDefault(role) ?? _ofAll;

    /// <summary>Keeps the ID that a role has got, unless it has one.</summary>
    /// <exception cref="StartFailedException">The file can't be written.</exception>
    public void Keep(NodeRole role, string nodeId)
    {
        if (Find(role) is null)
        {
            _ofRoles[role] = nodeId;
            Write();
        }
    }

    private void Read()
    {
        string text;
        try
        {
            if (!File.Exists(_path))
            {
                return;
            }

            text = new FileInfo(_path).Length <= MaxBytes ? File.ReadAllText(_path) : throw Damaged($"more than {MaxBytes} bytes");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartFailedException($"The file of this node's name, {_path}, can't be read: {exception.Message} Make it readable for user {Environment.UserName}.", exception);
        }

        foreach (string line in text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            Take(line);
        }
    }

    private void Take(string line)
    {
        string[] parts = line.Split('=', 2, StringSplitOptions.TrimEntries);
        if (!IsNodeId(parts[^1]))
        {
            throw Damaged($"\"{line}\"");
        }

        if (parts.Length == 1)
        {
            _ofAll = parts[0];
        }
        else
        {
            _ofRoles[RoleOf(parts[0]) ?? throw Damaged($"\"{line}\"")] = parts[1];
        }
    }

    private StartFailedException Damaged(string found) => new(
        $"The file of this node's name, {_path}, is damaged: found {found}, expected a node ID, or lines pump=ID and drainer=ID. Write the ID into it under which GET /status of the cluster's Pumps lists this node.");

    /// <summary>Written beside it, flushed and renamed, so that a crash leaves the old one or the new one.</summary>
    private void Write()
    {
        IEnumerable<string> lines = _ofAll is not null ? [_ofAll] : _ofRoles.OrderBy(pair => pair.Key).Select(pair => $"{NameOf(pair.Key)}={pair.Value}");
        string temporary = _path + ".new";
        try
        {
            using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
            {
                file.Write(Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"));
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, _path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartFailedException($"The file of this node's name, {_path}, can't be written: {exception.Message} Check the directory's owner and the disk's space.", exception);
        }
    }

    private static string NameOf(NodeRole role) => role == NodeRole.Pump ? "pump" : "drainer";

    private static NodeRole? RoleOf(string name) => name switch
    {
        "pump" => NodeRole.Pump,
        "drainer" => NodeRole.Drainer,
        _ => null,
    };

    private static bool IsNodeId(string text) => text.Length is > 0 and <= 255 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or ':');
}
