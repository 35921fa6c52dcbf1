using System.Globalization;
using System.Text.RegularExpressions;
using Binlog.Service.Tests.Hosting;
using Binlog.Service.Tests.Pump.Serving;

namespace Binlog.Service.Tests.Packages;

/// <summary>
/// The Pump Client as its users get it: packed, restored from the packages alone into a project outside of the repository, and run against a Pump. The
/// project's program is the readme's, with what docs/pump-client.md shows.
/// </summary>
public sealed partial class PumpClientPackageTests : IDisposable
{
    private static readonly string[] Projects = ["Binlog.Grpc", "Binlog.TiDB", "Binlog.Cluster"];

    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Packages_OfThePumpClient_AreEnoughForAWriter()
    {
        await DotnetTool.RequireAsync();
        string feed = Directory.CreateDirectory(_directory.Combine("feed")).FullName;
        await PackAsync(feed);
        Dictionary<string, string> versions = Projects.ToDictionary(project => project, project => VersionOf(feed, project));
        AssertPackages(feed, versions);

        string writer = await BuildWriterAsync(feed, versions["Binlog.Cluster"]);
        (BinlogdProcess process, string address) = await BinlogdProcess.StartPumpAsync(_directory.Path);
        await using (process)
        {
            string output = await DotnetTool.RunAsync(writer, "dotnet", Path.Combine("out", "writer.dll"), address, "7");

            Match row = Committed().Match(output);
            Match schemaChange = SchemaChanged().Match(output);
            Assert.True(row.Success && schemaChange.Success, output);
            ulong commitTs = Number(row.Groups[2]), schemaTs = Number(schemaChange.Groups[1]);
            Assert.Equal([(Number(row.Groups[1]), commitTs)], (await PullAsync(address, schemaTs)).Where(binlog => binlog.CommitTs != schemaTs));
            Assert.Single(await PullAsync(address, schemaTs), binlog => binlog.CommitTs == schemaTs);
        }
    }

    private static void AssertPackages(string feed, Dictionary<string, string> versions)
    {
        foreach ((string project, string version) in versions)
        {
            var package = new PackageFile(Path.Combine(feed, $"{project}.{version}.nupkg"));
            Assert.Equal((project, version, "Apache-2.0", "README.md"), (package.Metadata("id"), package.Metadata("version"), package.Metadata("license"), package.Metadata("readme")));
            Assert.NotEmpty(package.Metadata("description"));
            Assert.Contains($"lib/net10.0/{project}.dll", package.Entries);
            Assert.Contains($"lib/net10.0/{project}.xml", package.Entries);
            Assert.Contains("README.md", package.Entries);
            Assert.Empty(package.Frameworks);
            Assert.Contains($"lib/net10.0/{project}.pdb", new PackageFile(Path.Combine(feed, $"{project}.{version}.snupkg")).Entries);
        }

        Assert.Equal(["Binlog.Grpc", "Binlog.TiDB", "Google.Protobuf"], new PackageFile(Path.Combine(feed, $"Binlog.Cluster.{versions["Binlog.Cluster"]}.nupkg")).Dependencies);
        Assert.Equal(["Google.Protobuf"], new PackageFile(Path.Combine(feed, $"Binlog.TiDB.{versions["Binlog.TiDB"]}.nupkg")).Dependencies);
        Assert.Empty(new PackageFile(Path.Combine(feed, $"Binlog.Grpc.{versions["Binlog.Grpc"]}.nupkg")).Dependencies);
    }

    /// <summary>Packs what was built with this test.</summary>
    private static async Task PackAsync(string feed)
    {
        // artifacts/bin/Binlog.Service.Tests/release
        var built = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        string artifacts = built.Parent!.Parent!.Parent!.FullName;
        foreach (string project in Projects)
        {
            await DotnetTool.RunAsync(
                Repository.Root, "dotnet", "pack", Path.Combine(project, project + ".csproj"), "--no-build", "--configuration", built.Name, "--output", feed, $"-p:ArtifactsPath={artifacts}");
        }
    }

    /// <summary>Builds a program that knows nothing but the packages, and those that this machine has restored before.</summary>
    private async Task<string> BuildWriterAsync(string feed, string version)
    {
        string directory = Directory.CreateDirectory(_directory.Combine("writer")).FullName;
        await WriteAsync("nuget.config", $"""
            <configuration>
              <packageSources><clear /><add key="feed" value="{feed}" /></packageSources>
              <fallbackPackageFolders><add key="restored" value="{await DotnetTool.GlobalPackagesAsync()}" /></fallbackPackageFolders>
              <config><add key="globalPackagesFolder" value="{_directory.Combine("packages")}" /></config>
            </configuration>
            """);
        await WriteAsync("writer.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
              <ItemGroup><PackageReference Include="Binlog.Cluster" Version="{version}" /></ItemGroup>
            </Project>
            """);
        await WriteAsync("SchemaChange.cs", ExampleOf("docs/pump-client.md"));
        await WriteAsync("Program.cs", ExampleOf("Binlog.Cluster/README.md") + """
            Console.WriteLine($"schema change at {await SchemaChange.WriteAsync(client, cluster, 9, "CREATE DATABASE `a`", cancel)}");
            """);
        await DotnetTool.RunAsync(directory, "dotnet", "build", "--output", "out", "-p:UseSharedCompilation=false");
        Assert.DoesNotContain("AspNetCore", await File.ReadAllTextAsync(Path.Combine(directory, "out", "writer.runtimeconfig.json"), Cancelled), StringComparison.Ordinal);
        return directory;

        Task WriteAsync(string file, string text) => File.WriteAllTextAsync(Path.Combine(directory, file), text, Cancelled);
    }

    private static string ExampleOf(string page) => Example().Match(File.ReadAllText(Path.Combine(Repository.Root, page))).Groups[1].Value;

    private static string VersionOf(string feed, string project) =>
        Path.GetFileNameWithoutExtension(Directory.GetFiles(feed, $"{project}.*.nupkg").Single())[(project.Length + 1)..];

    private static ulong Number(Group group) => ulong.Parse(group.Value, CultureInfo.InvariantCulture);

    private static async Task<List<(ulong StartTs, ulong CommitTs)>> PullAsync(string address, ulong upTo)
    {
        var pulled = new List<(ulong StartTs, ulong CommitTs)>();
        using var pump = new PumpConnection(address);
        await foreach ((ulong startTs, ulong commitTs) in pump.PullAsync(0, Cancelled))
        {
            if (startTs != commitTs)
            {
                pulled.Add((startTs, commitTs));
            }

            if (commitTs >= upTo)
            {
                break;
            }
        }

        return pulled;
    }

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Example();

    [GeneratedRegex("start TS ([0-9]+) is committed at ([0-9]+) on Pump pump-1")]
    private static partial Regex Committed();

    [GeneratedRegex("schema change at ([0-9]+)")]
    private static partial Regex SchemaChanged();
}
