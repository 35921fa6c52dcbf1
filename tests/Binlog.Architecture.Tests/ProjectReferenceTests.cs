namespace Binlog.Architecture.Tests;

/// <summary>Holds the projects to the table of the design: who may refer to whom, and to which packages.</summary>
public sealed class ProjectReferenceTests
{
    private static readonly Dictionary<string, string[]> AllowedProjects = new()
    {
        ["Binlog.RelayLog"] = [],
        ["Binlog.Grpc"] = [],
        ["Binlog.MySql"] = [],
        ["Binlog.TiDB"] = [],
        ["Binlog.Cluster"] = ["Binlog.Grpc", "Binlog.TiDB"],
        ["Binlog.Admin"] = [],
        ["Binlog.Service"] = ["Binlog.RelayLog", "Binlog.Grpc", "Binlog.MySql", "Binlog.TiDB", "Binlog.Cluster", "Binlog.Admin"],
        ["Binlog.PowerShell"] = ["Binlog.Admin"],
    };

    private static readonly string[] NotThereYet = ["Binlog.PowerShell"];

    private static readonly Dictionary<string, string[]> AllowedPackages = new()
    {
        ["Binlog.RelayLog"] = [],
        ["Binlog.Grpc"] = [],
        ["Binlog.MySql"] = [],
        ["Binlog.TiDB"] = ["Google.Protobuf", "Grpc.Tools"],
        ["Binlog.Cluster"] = ["Google.Protobuf", "Grpc.Tools"],
        ["Binlog.Admin"] = [],
        ["Binlog.Service"] =
        [
            "Microsoft.AspNetCore.App", "Microsoft.Data.Sqlite.Core", "SQLitePCLRaw.bundle_e_sqlite3", "System.CommandLine", "Spectre.Console",
            "Confluent.Kafka",
        ],
        ["Binlog.PowerShell"] = ["PowerShellStandard.Library"],
    };

    public static TheoryData<string> Products => [.. ProjectFile.All.Where(p => !p.IsTest).Select(p => p.Path)];

    [Theory]
    [MemberData(nameof(Products))]
    public void Project_References_AreThoseOfTheDesign(string path)
    {
        var project = ProjectFile.All.Single(p => p.Path == path);

        Assert.True(AllowedProjects.ContainsKey(project.Name), $"{path} is not in the design's table: a new project needs a reason there first.");
        Violations.None(project.ProjectReferences.Except(AllowedProjects[project.Name]));
        Violations.None(project.OtherReferences.Except(AllowedPackages[project.Name]));
        Assert.Equal("Microsoft.NET.Sdk", project.Sdk);
    }

    [Fact]
    public void Design_EveryProject_IsThere()
    {
        var expected = AllowedProjects.Keys.Except(NotThereYet);

        Violations.None(expected.Except(ProjectFile.All.Select(p => p.Name)));
    }

    [Fact]
    public void Project_FolderAndName_AreTheSame() =>
        Assert.All(ProjectFile.All, p => Assert.Equal(p.Name, Path.GetFileName(Path.GetDirectoryName(p.Path))));

    [Fact]
    public void Project_ThatPowerShellLoads_IsNetStandard() =>
        Assert.All(ProjectFile.All.Where(p => NotThereYet.Contains(p.Name)), p => Assert.Equal("netstandard2.0", p.TargetFramework));

    [Fact]
    public void Product_NoReference_LeadsToTests() =>
        Assert.All(ProjectFile.All.Where(p => !p.IsTest), p => Assert.DoesNotContain(p.ProjectReferences, r => r.EndsWith("Tests", StringComparison.Ordinal) || r == "Binlog.TestKit"));

    [Fact]
    public void Solution_EveryProject_IsInIt()
    {
        var solution = File.ReadAllText(Repository.FullPath("Binlog.sln"));

        Assert.All(ProjectFile.All, p => Assert.Contains($"\"{p.Path.Replace('/', '\\')}\"", solution, StringComparison.Ordinal));
    }
}
