using System.Text.RegularExpressions;

namespace Binlog.Architecture.Tests;

/// <summary>What every source file keeps to.</summary>
public sealed partial class SourceTests
{
    private const int MaxLines = 500;

    private static readonly string[] ForbiddenFolders = ["Helpers", "Common", "Managers", "Interfaces", "Models", "Utils", "Utilities"];

    private static readonly IReadOnlyList<SourceFile> Sources = [.. Repository.Files(".cs").Select(path => new SourceFile(path))];

    public static TheoryData<string, string> Strangers => new()
    {
        { "Pump", "Drainer" },
        { "Drainer", "Pump" },
        { "Pump", "Downstream" },
        { "GrpcServer", "Pump" },
        { "GrpcServer", "Drainer" },
        { "Configuration", "Pump" },
        { "Configuration", "Drainer" },
    };

    [Fact]
    public void File_Namespace_IsItsFolder() => Violations.None(Sources
        .Where(s => s.Namespace is not null && s.Namespace != (IsOfficialApi(s) ? "Grpc.Core" : s.ExpectedNamespace))
        .Select(s => $"{s.Path}: found namespace {s.Namespace}, expected {s.ExpectedNamespace}"));

    [Fact]
    public void File_WithTypes_HasFileScopedNamespace() => Violations.None(Sources
        .Where(s => s.Namespace is null && Path.GetFileName(s.Path) is not ("Program.cs" or "AssemblyInfo.cs" or "GlobalUsings.cs"))
        .Select(s => s.Path));

    [Fact]
    public void File_Length_IsBounded() => Violations.None(Sources
        .Where(s => s.Lines.Count > MaxLines)
        .Select(s => $"{s.Path}: found {s.Lines.Count} lines, expected {MaxLines} at most; split it by what it does"));

    [Fact]
    public void File_Text_HasNoLeftovers() => Violations.None(Sources
        .SelectMany(s => s.Lines.Select((line, i) => (s.Path, Line: line, Number: i + 1)))
        .Where(l => Leftover().IsMatch(l.Line))
        .Select(l => $"{l.Path}:{l.Number}: {l.Line.Trim()}"));

    [Fact]
    public void Folder_Name_SaysWhatTheProductDoes() => Violations.None(Sources
        .Where(s => s.Path.Split('/')[..^1].Intersect(ForbiddenFolders, StringComparer.OrdinalIgnoreCase).Any())
        .Select(s => s.Path));

    [Theory]
    [MemberData(nameof(Strangers))]
    public void Folder_OfService_DoesNotUseTheOther(string folder, string other) => Violations.None(Sources
        .Where(s => s.Path.StartsWith($"Binlog.Service/{folder}/", StringComparison.Ordinal))
        .SelectMany(s => s.Lines.Select((line, i) => (s.Path, Line: line, Number: i + 1)))
        .Where(l => Regex.IsMatch(l.Line, $@"^\s*(global\s+)?using\s+(static\s+)?([\w]+\s*=\s*)?(Binlog\.)?(Service\.)?{other}\b")
            || Regex.IsMatch(l.Line, $@"\bBinlog\.Service\.{other}\.|(?<![\w.]){other}\.[A-Z]"))
        .Select(l => $"{l.Path}:{l.Number}: {l.Line.Trim()}"));

    /// <summary>Types that keep the names of the official gRPC API, because generated code names them.</summary>
    private static bool IsOfficialApi(SourceFile source) => source.Path.StartsWith("Binlog.Grpc/Api/", StringComparison.Ordinal);

    // Split so that this file doesn't find itself.
    [GeneratedRegex(@"\b(TO" + @"DO|FIX" + @"ME|HA" + @"CK)\b|\bNotImple" + @"mentedException\b|^\s*#reg" + @"ion\b|\bThread\.Sl" + @"eep\b")]
    private static partial Regex Leftover();
}
